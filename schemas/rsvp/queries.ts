import type { NamedQuery } from '../declare/dataset.ts'
import { loadSql } from '../declare/load-sql.ts'

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
const city = {
  type: 'text',
  description: 'Only groups of this city, in any case, with or without accents: London, zurich.',
} as const
const window = {
  type: 'duration',
  description: 'Only the last part of the stream, up to stream time: PT1H, 7d. Without it: all of history.',
} as const
const baseline = {
  type: 'duration',
  description: 'How long before the window history begins, or later where the stream is younger.',
  default: 'PT6H',
} as const
/** The answers of the window and the place that were chosen, as `asked`, and a statement over them. */
const ofAsked = (path: string) => ['queries/asked.sql', path].map((part) => loadSql(import.meta.url, part)).join('')
/** Both trends run one statement, over groups by city or groups by topic. */
const trending = {
  sql: (keyed: string) =>
    ['queries/history.sql', keyed, 'queries/trending.sql'].map((path) => loadSql(import.meta.url, path)).join(''),
  parameters: {
    country,
    city,
    window: { ...window, description: 'What counts as now: the last part of the stream.', default: 'PT5M' },
    baseline,
  },
}
const trendingScore =
  'Rates are per hour. A score above 0 says that more came than expected from history, by a factor of at least 2^score, with 97.5 % probability (shrunken observed-to-expected ratio, Norén et al. 2013). Without history nothing rises.'

export const queries: Readonly<Record<string, NamedQuery>> = {
  'yes-by-city': {
    description: 'Per city: how many members answered yes and no, and how many people will come, guests included.',
    sql: loadSql(import.meta.url, 'queries/yes-by-city.sql'),
    parameters: { country, city, limit },
  },
  'active-cities': {
    description:
      "The cities where most members answered now, and by which factor more often than in the time before, null where none answered then. The position is the mean of the city's groups.",
    sql: ['queries/history.sql', 'queries/active-cities.sql'].map((path) => loadSql(import.meta.url, path)).join(''),
    parameters: {
      country,
      city,
      window: { ...window, description: 'What counts as now: the last part of the stream.', default: 'PT15M' },
      baseline,
      limit: { ...limit, default: 20 },
    },
  },
  'trending-cities': {
    description: `The cities where yes rises against their own history. ${trendingScore}`,
    sql: trending.sql('queries/trending-cities.sql'),
    parameters: { ...trending.parameters, groups: groupsMin(1), limit: { ...limit, default: 20 } },
  },
  'trending-topics': {
    description: `The topics whose groups get more yes than usual. ${trendingScore}`,
    sql: trending.sql('queries/trending-topics.sql'),
    parameters: { ...trending.parameters, groups: groupsMin(2), limit: { ...limit, default: 20 } },
  },
  'events-on-topic': {
    description:
      'How many events on a topic are scheduled, and which. An event is on the topics of its group, and on what its name says in so many words. Events of unknown time come last, and only where neither from nor to is given.',
    sql: loadSql(import.meta.url, 'queries/events-on-topic.sql'),
    parameters: {
      topic: {
        type: 'text',
        description: "A topic or words of an event's name, in any case, with or without accents: Big Data.",
      },
      city,
      country,
      from: { type: 'timestamp', description: 'Events from this time on. Without it: from stream time on.' },
      to: { type: 'timestamp', description: 'Events before this time.' },
      limit,
    },
  },
  'event-responses': {
    description:
      'Per event: how many members answered yes and no, with what, when and where it is, or that it is online.',
    sql: loadSql(import.meta.url, 'queries/event-responses.sql'),
    parameters: {
      country,
      city,
      event_id: { type: 'text', description: 'Only this event.' },
      limit,
    },
  },
  locations: {
    description:
      'Per city: answers in the window, and a point for a map in the middle of their venues, or groups where a venue has no position. Events online and places without a position are left out.',
    sql: loadSql(import.meta.url, 'queries/locations.sql'),
    parameters: { country, city, window: { ...window, default: 'PT1H' }, limit: { ...limit, default: 500 } },
  },
  lookup: {
    description:
      'Names that begin with a text, then those with a word that does, most frequent first; where there are none, those most like it. Count is of groups; of a group, its events. Detail is the country of a city, and the urlkey of a topic or group.',
    sql: loadSql(import.meta.url, 'queries/lookup.sql'),
    parameters: {
      kind: {
        type: 'choice',
        description: 'What is looked for.',
        choices: ['city', 'topic', 'group', 'country'],
        default: 'city',
      },
      text: { type: 'text', description: 'The beginning, in any case, with or without accents. Without it: all.' },
      limit: { ...limit, default: 20 },
    },
  },
  'most-active-members': {
    description: 'The members who answered the most invitations.',
    sql: ofAsked('queries/most-active-members.sql'),
    parameters: { country, city, window, limit: { ...limit, default: 20 } },
  },
  'most-popular-groups': {
    description: 'The groups whose events most members answered, or got the most yes or answers.',
    sql: ofAsked('queries/most-popular-groups.sql'),
    parameters: {
      country,
      city,
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
    sql: ofAsked('queries/busiest-events.sql'),
    parameters: { country, city, window, limit: { ...limit, default: 20 } },
  },
  'newest-answers': {
    description: 'The newest answers: who answered what, to which event of which group, and where.',
    sql: ofAsked('queries/newest-answers.sql'),
    parameters: { country, city, window, limit: { ...limit, default: 20 } },
  },
  'response-rate': {
    description:
      'How many members answered yes and no in each bucket of time, empty buckets included. The first bucket is whole, also where the window begins within it; the last one ends with stream time.',
    sql: loadSql(import.meta.url, 'queries/response-rate.sql'),
    parameters: {
      country,
      city,
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

function groupsMin(least: number) {
  return {
    type: 'integer',
    description: 'Only where at least so many groups got a yes now.',
    default: least,
    minimum: 1,
  } as const
}
