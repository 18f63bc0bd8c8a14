import type { Session } from '../../schemas/engine.ts'
import { readEach, valuesSql } from '../oracle/read-tables.ts'
import { columnsOf, tableNames } from '../oracle/rows.ts'
import type { TableName, Tables } from '../oracle/rows.ts'

/**
 * Partitions of a world. A world is a log of its own among many that are folded by the same statements: its partitions are
 * its own, and so are its keys, because each carries the world's number. Rows of two worlds never meet, and a statement
 * costs little more for a hundred worlds than for one.
 */
export const partitionsMax = 4

/** Ids of events lie below it. */
const idsEnd = 10_000_000_000n

/** Text keys begin with the world's number in so many digits: there are at most 10,000 worlds. */
const prefixLength = 4
const prefixed = (text: string) => `lpad(world::VARCHAR, ${prefixLength}, '0') || ${text}`
const numbered = (id: string) => `world * ${idsEnd} + ${id}`

/** SQL of an event whose keys carry its world, from `event` and `world`. */
export const worldEventSql = `CASE WHEN event IS NOT NULL THEN struct_update(event,
  rsvp_id := ${numbered('event.rsvp_id')},
  member := struct_update(event.member, member_id := ${numbered('event.member.member_id')}),
  event := struct_update(event.event, event_id := ${prefixed('event.event.event_id')}),
  venue := CASE WHEN event.venue IS NOT NULL THEN struct_update(event.venue, venue_id := ${numbered('event.venue.venue_id')}) END,
  "group" := struct_update(event."group",
    group_id := ${numbered('event."group".group_id')},
    group_topics := list_transform(event."group".group_topics, lambda x: struct_update(x, urlkey := ${prefixed('x.urlkey')})))
) END`

/** The column that tells the world of a row. */
const tellingColumn = {
  member: 'member_id',
  member_service: 'member_id',
  topic: 'urlkey',
  groups: 'group_id',
  group_topic: 'group_id',
  venue: 'venue_id',
  event: 'event_id',
  rsvp: 'rsvp_id',
  rsvp_change: 'rsvp_id',
  arrival: 'log_partition',
  rejected: 'log_partition',
} as const satisfies Record<TableName, string>

/** Makes views that tell the rows of `merged` per world, as values of the recount, with the keys as they were sent. */
export async function createToldViews(
  session: Session,
  { merged, told }: { readonly merged: string; readonly told: string },
): Promise<void> {
  await session.run(`CREATE SCHEMA ${told}`)
  for (const table of tableNames) {
    const columns = columnsOf(table).map(([name]) => `${originalSql(name)} AS "${name}"`)
    await session.run(`CREATE VIEW ${told}."${table}" AS
      SELECT ${worldSql(tellingColumn[table])} AS world, ${columns.join(', ')} FROM (SELECT ${valuesSql(table)} FROM ${merged}."${table}")`)
  }
}

export function readWorld(session: Session, told: string, world: number): Promise<Tables> {
  return readEach(session, (table) => `SELECT * EXCLUDE (world) FROM ${told}."${table}" WHERE world = ${world}`)
}

function worldSql(column: string): string {
  if (column === 'log_partition') return `(log_partition // ${partitionsMax})::INTEGER`
  return isText(column) ? `left("${column}", ${prefixLength})::INTEGER` : `("${column}" // ${idsEnd})::INTEGER`
}

function originalSql(column: string): string {
  if (column === 'log_partition') return `log_partition % ${partitionsMax}`
  if (column === 'rsvp_id' || column === 'member_id' || column === 'group_id' || column === 'venue_id') {
    return `"${column}" % ${idsEnd}`
  }
  return isText(column) ? `substr("${column}", ${prefixLength + 1})` : `"${column}"`
}

function isText(column: string): boolean {
  return column === 'event_id' || column === 'urlkey'
}
