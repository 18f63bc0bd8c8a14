import type { NamedQuery } from '../dataset.ts'
import { loadSql } from '../load-sql.ts'

const limit = {
  type: 'integer',
  description: 'At most this many rows.',
  default: 100,
  minimum: 1,
  maximum: 10_000,
} as const
const country = {
  type: 'text',
  description: 'Only groups of this country: a two-letter code, for example in or us.',
} as const
const window = {
  type: 'duration',
  description: 'Only the last part of the stream, up to stream time: PT1H, 7d. Without it: all of history.',
} as const

export const queries: Readonly<Record<string, NamedQuery>> = {
  'yes-by-city': {
    description: 'Per city: how many members answered yes and no, and how many people will come, guests included.',
    sql: loadSql(import.meta.url, 'queries/yes-by-city.sql'),
    parameters: { country, limit },
  },
  'event-responses': {
    description: 'Per event: how many members answered yes and no, with what, when and where it is.',
    sql: loadSql(import.meta.url, 'queries/event-responses.sql'),
    parameters: {
      country,
      city: { type: 'text', description: 'Only groups of this city, for example London.' },
      event_id: { type: 'text', description: 'Only this event.' },
      limit,
    },
  },
  'most-active-members': {
    description: 'The members who answered the most invitations.',
    sql: loadSql(import.meta.url, 'queries/most-active-members.sql'),
    parameters: { country, window, limit: { ...limit, default: 20 } },
  },
  'most-popular-groups': {
    description: 'The groups whose events most members answered, or got the most yes or answers.',
    sql: loadSql(import.meta.url, 'queries/most-popular-groups.sql'),
    parameters: {
      country,
      window,
      by: {
        type: 'choice',
        description: 'What makes a group popular: members who answered, yes, or answers.',
        choices: ['members', 'yes', 'answers'],
        default: 'members',
      },
      limit: { ...limit, default: 20 },
    },
  },
  'busiest-events': {
    description: 'The events that got the most answers, and how many people will come, guests included.',
    sql: loadSql(import.meta.url, 'queries/busiest-events.sql'),
    parameters: { country, window, limit: { ...limit, default: 20 } },
  },
  'newest-answers': {
    description: 'The newest answers: who answered what, to which event of which group, and where.',
    sql: loadSql(import.meta.url, 'queries/newest-answers.sql'),
    parameters: { country, window, limit: { ...limit, default: 20 } },
  },
  'response-rate': {
    description:
      'How many members answered yes and no in each bucket of time, empty buckets included. The first bucket is whole, also where the window begins within it; the last one ends with stream time.',
    sql: loadSql(import.meta.url, 'queries/response-rate.sql'),
    parameters: {
      window: {
        ...window,
        description: 'The last part of the stream, up to stream time: PT1H, 7d. At most 10,000 buckets.',
        default: 'PT1H',
        minimum: 1000,
        maximum: 100 * 366 * 24 * 60 * 60 * 1000,
      },
      bucket: {
        type: 'duration',
        description:
          'Shorter than a day, buckets count from the local midnight and the last one of a day may be shorter; of a day and more, they are whole local days, weeks from Monday on.',
        default: 'PT1M',
        minimum: 1000,
        maximum: 366 * 24 * 60 * 60 * 1000,
      },
      tz: { type: 'timezone', description: 'Whose midnights and days count: Europe/Berlin.', default: 'UTC' },
    },
  },
  'stream-quality': {
    description:
      'What came, as it came: events and how many repeat an answer that had come before. Of those, echoes say the same within a second of its time, changes and confirmations are newer, outdated ones are older. Late events are older than the newest event time before them. Counting events gives naive_yes, counting answers gives yes. The window holds what arrived since stream time entered it.',
    sql: loadSql(import.meta.url, 'queries/stream-quality.sql'),
    parameters: {
      window,
      late_after: {
        type: 'duration',
        description: 'An event is late that is older than stream time at its arrival by more than this.',
        default: 'PT1M',
        minimum: 0,
      },
    },
  },
  'rejected-reasons': {
    description:
      'Per reason: how many events broke the contract, when the newest came, and how it begins. Bytes that are no text are escaped. The window holds what arrived since stream time entered it.',
    sql: loadSql(import.meta.url, 'queries/rejected-reasons.sql'),
    parameters: { window, limit },
  },
}
