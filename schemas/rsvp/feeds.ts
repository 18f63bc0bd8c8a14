import type { Feed } from '../dataset.ts'

export const feeds: Readonly<Record<string, Feed>> = {
  now: {
    description: 'What is happening now.',
    answers: { cities: { query: 'yes-by-city', parameters: { limit: '10' } } },
    parameters: ['country'],
  },
}
