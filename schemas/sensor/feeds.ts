import type { Feed } from '../declare/dataset.ts'

export const feeds: Readonly<Record<string, Feed>> = {
  now: {
    description: 'The rooms as they are now.',
    answers: {
      range: { query: 'temperature-range', parameters: { window: 'PT10M', bucket: 'PT10S' } },
      rooms: { query: 'room-latest' },
      changes: { query: 'temperature-changes', parameters: { limit: '10' } },
    },
    parameters: ['room'],
  },
  alpha: {
    description: 'Averages of the last minute, and the rooms that changed.',
    answers: {
      averages: { query: 'room-averages', parameters: { window: 'PT1M', bucket: 'PT1M' } },
      changes: { query: 'temperature-changes' },
    },
    parameters: ['room'],
    publish: { topic: 'alpha', everyMs: 2000 },
  },
  quality: {
    description: 'What came as it came: repeats, corrections, late and rejected events.',
    answers: { stream: { query: 'stream-quality' }, rejected: { query: 'rejected-reasons' } },
    parameters: [],
  },
}
