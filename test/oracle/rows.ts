/** What a column holds: integers and times (epoch ms) as bigint, DOUBLE as number, BLOB as hexadecimal, missing as null. */
export type Value = string | number | bigint | null
export type Row = Readonly<Record<string, Value>>

/** Rows per table in one canonical order, so that two results compare with one `toEqual`. */
export type TablesOf<Name extends string = string> = Readonly<Record<Name, readonly Row[]>>

export type ColumnKind = 'integer' | 'double' | 'text' | 'time' | 'bytes'

/**
 * The tables of a dataset as the design names them, not read from the declaration. The reason of a rejected event is left
 * out: it is for people, and the recount does not write sentences.
 */
export type TableColumns<Name extends string = string> = Readonly<Record<Name, Readonly<Record<string, ColumnKind>>>>

export type Tables = TablesOf<TableName>

export const rsvpColumns = {
  member: { member_id: 'integer', member_name: 'text', photo: 'text' },
  member_service: { member_id: 'integer', service: 'text', identifier: 'text' },
  topic: { urlkey: 'text', topic_name: 'text' },
  groups: {
    group_id: 'integer',
    group_name: 'text',
    group_urlname: 'text',
    city: 'text',
    state: 'text',
    country: 'text',
    lat: 'double',
    lon: 'double',
  },
  group_topic: { group_id: 'integer', urlkey: 'text' },
  venue: { venue_id: 'integer', venue_name: 'text', lat: 'double', lon: 'double' },
  event: {
    event_id: 'text',
    event_name: 'text',
    event_url: 'text',
    event_time: 'time',
    group_id: 'integer',
    venue_id: 'integer',
  },
  rsvp: {
    rsvp_id: 'integer',
    event_id: 'text',
    member_id: 'integer',
    response: 'text',
    guests: 'integer',
    visibility: 'text',
    mtime: 'time',
  },
  rsvp_change: { rsvp_id: 'integer', mtime: 'time', response: 'text', guests: 'integer' },
  arrival: {
    log_partition: 'integer',
    log_offset: 'integer',
    received_at: 'time',
    rsvp_id: 'integer',
    mtime: 'time',
    response: 'text',
    guests: 'integer',
  },
  rejected: { log_partition: 'integer', log_offset: 'integer', received_at: 'time', value: 'bytes' },
} as const satisfies TableColumns

export type TableName = keyof typeof rsvpColumns

export function columnsOf(tables: TableColumns, table: string): readonly (readonly [string, ColumnKind])[] {
  return Object.entries(tables[table] ?? {})
}

export function sortRows(rows: Iterable<Row>): readonly Row[] {
  return [...rows]
    .map((row) => ({ row, text: rowText(row) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ row }) => row)
}

function rowText(row: Row): string {
  return JSON.stringify(Object.values(row).map((value) => (typeof value === 'bigint' ? `${value}n` : value)))
}
