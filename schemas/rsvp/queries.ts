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
    parameters: { country, limit: { ...limit, default: 20 } },
  },
}
