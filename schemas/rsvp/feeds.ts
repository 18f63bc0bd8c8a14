import type { Feed } from '../declare/dataset.ts'

export const feeds: Readonly<Record<string, Feed>> = {
  now: {
    description: 'What is happening now.',
    answers: {
      cities: { query: 'active-cities', parameters: { limit: '10' } },
      rate: { query: 'response-rate', parameters: { window: 'PT30M' } },
      newest: { query: 'newest-answers', parameters: { limit: '12' } },
    },
    parameters: ['country', 'city'],
  },
  map: {
    description: 'Where it is happening: a point for each city.',
    answers: { places: { query: 'locations', parameters: { limit: '500' } } },
    parameters: ['country', 'city'],
  },
  trending: {
    description: 'What rises against its own history.',
    answers: {
      cities: { query: 'trending-cities', parameters: { limit: '10' } },
      topics: { query: 'trending-topics', parameters: { limit: '10' } },
    },
    parameters: ['country', 'city'],
    publish: { topic: 'rsvp.trending', everyMs: 2000 },
  },
  events: {
    description: 'Events to come, on a topic or on any, and who is busy with the last week of the stream.',
    answers: {
      coming: { query: 'events-on-topic', parameters: { limit: '10' } },
      busiest: { query: 'busiest-events', parameters: { window: 'P7D', limit: '10' } },
      groups: { query: 'most-popular-groups', parameters: { window: 'P7D', limit: '10' } },
      members: { query: 'most-active-members', parameters: { window: 'P7D', limit: '10' } },
    },
    parameters: ['topic', 'country', 'city'],
  },
  quality: {
    description: 'What came as it came: repeats, changes, late and rejected events.',
    answers: {
      stream: { query: 'stream-quality', parameters: { window: 'P1D' } },
      rejected: { query: 'rejected-reasons', parameters: { window: 'P1D', limit: '10' } },
    },
    parameters: [],
  },
}
