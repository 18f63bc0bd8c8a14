import type { AnswerRow } from './activity-answers.ts'
import type { Row, Tables, Value } from '../rows.ts'

/** An answer with its event and group, both of which the view holds, and the event's venue. */
export type Placed = {
  readonly rsvp: Row
  readonly event: Row
  readonly group: Row
  readonly venue: Row | undefined
  /** Epoch ms. */
  readonly at: number
}

export type Where = { readonly country?: string; readonly city?: string }

export function placedAnswers(tables: Tables, where: Where): readonly Placed[] {
  const [events, groups, venues] = [
    byKey(tables.event, 'event_id'),
    byKey(tables.groups, 'group_id'),
    byKey(tables.venue, 'venue_id'),
  ]
  return tables.rsvp.flatMap((rsvp) => {
    const event = events.get(rsvp['event_id'])
    const group = groups.get(event?.['group_id'])
    if (event === undefined || group === undefined || !isThere(group, where)) return []
    return [{ rsvp, event, group, venue: venues.get(event['venue_id']), at: Number(rsvp['mtime']) }]
  })
}

export function isThere(group: Row, { country, city }: Where): boolean {
  return (
    (country === undefined || folded(group['country']) === folded(country)) &&
    (city === undefined || folded(group['city']) === folded(city))
  )
}

/** Without case and accents. */
export function folded(text: Value | undefined): string {
  return `${text ?? ''}`
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .normalize('NFC')
    .toLowerCase()
}

export function counted(placed: readonly Placed[]) {
  const saying = (response: string) => placed.filter(({ rsvp }) => rsvp['response'] === response)
  return {
    answers: placed.length,
    yes: saying('yes').length,
    no: saying('no').length,
    heads: saying('yes').reduce((sum, { rsvp }) => sum + 1 + Number(rsvp['guests']), 0),
    events: new Set(placed.map(({ event }) => event['event_id'])).size,
    groups: new Set(placed.map(({ group }) => group['group_id'])).size,
  }
}

export function isPlace(row: Row | undefined): row is Row {
  const [lat, lon] = [Number(row?.['lat']), Number(row?.['lon'])]
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lat !== 0 || lon !== 0)
}

export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? []
    groups.set(keyOf(item), group)
    group.push(item)
  }
  return groups
}

/** There may be two of a name in a country. */
export function cityOf(group: Row): string {
  return JSON.stringify([group['country'], group['state'], group['city']])
}

export function byKey(rows: readonly Row[], key: string): ReadonlyMap<Value | undefined, Row> {
  return new Map(rows.map((row) => [row[key], row]))
}

export function rounded(value: number, digits: number): number {
  return (Math.sign(value) * Math.round(Math.abs(value) * 10 ** digits)) / 10 ** digits
}

/** As JSON has it. */
export function columnsOf(row: Row | undefined, names: readonly string[]): AnswerRow {
  return Object.fromEntries(
    names.map((name) => {
      const value = row?.[name] ?? null
      return [name, typeof value === 'bigint' ? Number(value) : value]
    }),
  )
}

/** By these columns in turn; a minus turns the order around. Nulls are last. */
export function ranked<R extends AnswerRow>(rows: readonly R[], by: readonly string[]): readonly R[] {
  return rows.toSorted((a, b) => by.map((name) => compared(a, b, name)).find((order) => order !== 0) ?? 0)
}

function compared(a: AnswerRow, b: AnswerRow, name: string): number {
  const column = name.replace(/^-/, '')
  const [left, right] = [a[column] ?? null, b[column] ?? null]
  if (left === null || right === null) return Number(left === null) - Number(right === null)
  const order =
    typeof left === 'string' || typeof right === 'string'
      ? Buffer.compare(Buffer.from(`${left}`), Buffer.from(`${right}`))
      : left - right
  return name.startsWith('-') ? -order : order
}
