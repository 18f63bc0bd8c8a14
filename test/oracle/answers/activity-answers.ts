import { isThere } from './placed-answers.ts'
import type { Where } from './placed-answers.ts'
import type { Row, Tables, Value } from '../rows.ts'

/** A row of an answer as JSON has it. */
export type AnswerRow = Readonly<Record<string, string | number | null>>

/** What all these questions take. `window` in ms; null: all of history. */
export type Asked = {
  readonly streamTime: number | null
  readonly window: number | null
  readonly country: string | null
  readonly city?: string
}

/** An answer with what a view knows of its member, event and group. */
type Told = {
  readonly rsvp: Row
  readonly member: Row | undefined
  readonly event: Row | undefined
  readonly group: Row | undefined
}

export function mostActiveMembers(tables: Tables, asked: Asked): readonly AnswerRow[] {
  const byMember = grouped(toldAnswers(tables, asked), ({ rsvp }) => rsvp['member_id'] ?? null)
  return ranked(
    [...byMember].map(([member, told]) => ({
      member_id: json(member),
      member_name: json(told[0]?.member?.['member_name']),
      ...counted(told),
      groups: distinct(told.map(({ event }) => event?.['group_id'])),
      last_answer: newestTime(told),
    })),
    ['-answers', '-last_answer', 'member_id'],
  )
}

export function mostPopularGroups(
  tables: Tables,
  asked: Asked & { readonly by: 'members' | 'yes' | 'answers' },
): readonly AnswerRow[] {
  const known = toldAnswers(tables, asked).filter(({ group }) => group !== undefined)
  return ranked(
    [...grouped(known, ({ group }) => group)].map(([group, told]) => ({
      ...columns(group, ['group_id', 'group_name', 'group_urlname', 'country', 'state', 'city']),
      members: distinct(told.map(({ rsvp }) => rsvp['member_id'])),
      events: distinct(told.map(({ rsvp }) => rsvp['event_id'])),
      ...counted(told),
      heads: heads(told),
    })),
    [`-${asked.by}`, '-members', '-yes', '-answers', 'group_id'],
  )
}

export function busiestEvents(tables: Tables, asked: Asked): readonly AnswerRow[] {
  const byEvent = grouped(toldAnswers(tables, asked), ({ rsvp }) => rsvp['event_id'] ?? null)
  return ranked(
    [...byEvent].map(([event, told]) => ({
      event_id: json(event),
      ...columns(told[0]?.event, ['event_name', 'event_url']),
      event_time: time(told[0]?.event?.['event_time']),
      ...columns(told[0]?.group, ['group_name', 'country', 'state', 'city']),
      ...counted(told),
      heads: heads(told),
      last_answer: newestTime(told),
    })),
    ['-answers', '-yes', '-heads', '-last_answer', 'event_id'],
  )
}

export function newestAnswers(tables: Tables, asked: Asked): readonly AnswerRow[] {
  return ranked(
    toldAnswers(tables, asked).map(({ rsvp, member, event, group }) => ({
      mtime: time(rsvp['mtime']),
      ...columns(member, ['member_name']),
      ...columns(rsvp, ['response', 'guests']),
      ...columns(event, ['event_name']),
      ...columns(group, ['group_name', 'city', 'country']),
      ...columns(event, ['event_url']),
      ...columns(rsvp, ['rsvp_id']),
    })),
    ['-mtime', '-rsvp_id'],
  )
}

export function isInWindow(
  at: Value | undefined,
  { streamTime, window }: Pick<Asked, 'streamTime' | 'window'>,
): boolean {
  if (window === null) return true
  return streamTime !== null && Number(at) > streamTime - window && Number(at) <= streamTime
}

function toldAnswers(tables: Tables, asked: Asked): readonly Told[] {
  const [members, events, groups] = [
    byKey(tables.member, 'member_id'),
    byKey(tables.event, 'event_id'),
    byKey(tables.groups, 'group_id'),
  ]
  return tables.rsvp
    .map((rsvp) => {
      const event = events.get(rsvp['event_id'])
      return { rsvp, event, member: members.get(rsvp['member_id']), group: groups.get(event?.['group_id']) }
    })
    .filter(({ rsvp }) => isInWindow(rsvp['mtime'], asked))
    .filter(({ group }) => isEverywhere(asked) || (group !== undefined && isThere(group, placeOf(asked))))
}

function isEverywhere({ country, city }: Asked): boolean {
  return country === null && city === undefined
}

function placeOf({ country, city }: Asked): Where {
  return { ...(country === null ? {} : { country }), ...(city === undefined ? {} : { city }) }
}

function grouped<K>(told: readonly Told[], keyOf: (one: Told) => K): ReadonlyMap<K, readonly Told[]> {
  const groups = new Map<K, Told[]>()
  for (const one of told) {
    const group = groups.get(keyOf(one)) ?? []
    groups.set(keyOf(one), group)
    group.push(one)
  }
  return groups
}

function byKey(rows: readonly Row[], key: string): ReadonlyMap<Value | undefined, Row> {
  return new Map(rows.map((row) => [row[key], row]))
}

function counted(told: readonly Told[]) {
  const saying = (response: string) => told.filter(({ rsvp }) => rsvp['response'] === response).length
  return { answers: told.length, yes: saying('yes'), no: saying('no') }
}

function heads(told: readonly Told[]): number {
  return told
    .filter(({ rsvp }) => rsvp['response'] === 'yes')
    .reduce((sum, { rsvp }) => sum + 1 + Number(rsvp['guests']), 0)
}

function newestTime(told: readonly Told[]): string | null {
  return time(told.map(({ rsvp }) => rsvp['mtime']).reduce((a, b) => (Number(a) > Number(b) ? a : b)))
}

function distinct(values: readonly (Value | undefined)[]): number {
  return new Set(values.filter((value) => value !== null && value !== undefined)).size
}

function columns(row: Row | undefined, names: readonly string[]): AnswerRow {
  return Object.fromEntries(names.map((name) => [name, json(row?.[name])]))
}

function json(value: Value | undefined): string | number | null {
  return typeof value === 'bigint' ? Number(value) : (value ?? null)
}

function time(value: Value | undefined): string | null {
  return value === null || value === undefined ? null : new Date(Number(value)).toISOString()
}

/** By these columns in turn; a minus turns the order around. */
function ranked(rows: readonly AnswerRow[], by: readonly string[]): readonly AnswerRow[] {
  return rows
    .toSorted((a, b) => by.map((name) => compared(a, b, name)).find((order) => order !== 0) ?? 0)
    .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, shownTime(value)])))
}

/** Answers leave out the milliseconds of a whole second. */
export function shownTime<T>(value: T): T | string {
  return typeof value === 'string' && /^\d{4}-.*\.000Z$/.test(value) ? value.replace('.000Z', 'Z') : value
}

function compared(a: AnswerRow, b: AnswerRow, name: string): number {
  const column = name.replace(/^-/, '')
  const [left, right] = [a[column] ?? '', b[column] ?? '']
  const order = left < right ? -1 : left > right ? 1 : 0
  return name.startsWith('-') ? -order : order
}
