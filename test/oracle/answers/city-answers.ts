import { isInWindow, shownTime } from './activity-answers.ts'
import type { AnswerRow } from './activity-answers.ts'
import { cityOf, columnsOf, counted, groupedBy, isPlace, placedAnswers, ranked, rounded } from './placed-answers.ts'
import type { Placed, Where } from './placed-answers.ts'
import type { Row, Tables } from '../rows.ts'
import { historyOf } from './trends.ts'
import type { Spans } from './trends.ts'

export function activeCities(tables: Tables, asked: Spans & Where): readonly AnswerRow[] {
  const history = historyOf(tables, asked)
  const groups = groupedBy(tables.groups.filter(isPlace), cityOf)
  const rows = [...groupedBy(placedAnswers(tables, asked), ({ group }) => cityOf(group))].map(([city, placed]) => {
    const now = placed.filter(({ at }) => isInWindow(at, asked))
    const before = placed.filter(({ at }) => at > history.begins && at <= history.ends)
    const change = now.length / asked.window / (before.length / (history.ends - history.begins))
    return {
      ...columnsOf(placed[0]?.group, ['country', 'state', 'city']),
      ...counted(now),
      change: before.length === 0 ? null : rounded(change, 2),
      ...mean(groups.get(city) ?? []),
    }
  })
  return ranked(
    rows.filter(({ answers }) => answers > 0),
    ['-answers', '-yes', '-heads', 'country', 'city', 'state'],
  )
}

export function locations(
  tables: Tables,
  asked: Where & { readonly window: number | null; readonly streamTime: number | null },
): readonly AnswerRow[] {
  const located = placedAnswers(tables, asked)
    .filter(({ at }) => isInWindow(at, asked))
    .filter(({ venue }) => !isOnline(venue))
    .map((placed) => ({ ...placed, place: isPlace(placed.venue) ? placed.venue : placed.group }))
    .filter(({ place }) => isPlace(place))
  const rows = [...groupedBy(located, ({ group }) => cityOf(group)).values()].map((ofCity) => {
    const { answers, yes, no, events } = counted(ofCity)
    return {
      ...columnsOf(ofCity[0]?.group, ['country', 'state', 'city']),
      answers,
      yes,
      no,
      events,
      lat: rounded(median(ofCity.map(({ place }) => Number(place['lat']))), 5),
      lon: rounded(median(ofCity.map(({ place }) => Number(place['lon']))), 5),
    }
  })
  return ranked(rows, ['-answers', '-yes', 'country', 'city', 'state'])
}

export function eventResponses(tables: Tables, where: Where) {
  const byEvent = groupedBy(placedAnswers(tables, where), ({ event }) => `${event['event_id']}`)
  return ranked(
    [...byEvent.values()].map((ofEvent) => eventRow(ofEvent)),
    ['-yes', '-no', 'event_id'],
  ).map((row) => ({ ...row, online: isOnline({ lat: row['venue_lat'] ?? null, lon: row['venue_lon'] ?? null }) }))
}

function eventRow(ofEvent: readonly Placed[]): AnswerRow {
  const [{ event, group, venue } = { event: undefined, group: undefined, venue: undefined }] = ofEvent
  const { yes, no, heads } = counted(ofEvent)
  return {
    ...columnsOf(event, ['event_id', 'event_name', 'event_url']),
    event_time: timeOf(event),
    yes,
    no,
    heads,
    ...columnsOf(group, ['group_name', 'country', 'state', 'city']),
    group_lat: Number(group?.['lat']),
    group_lon: Number(group?.['lon']),
    venue_name: columnsOf(venue, ['venue_name'])['venue_name'] ?? null,
    venue_lat: venue === undefined ? null : Number(venue['lat']),
    venue_lon: venue === undefined ? null : Number(venue['lon']),
  }
}

export function timeOf(event: Row | undefined): string | null {
  const time = event?.['event_time'] ?? null
  return time === null ? null : shownTime(new Date(Number(time)).toISOString())
}

function isOnline(venue: Row | undefined): boolean {
  return venue?.['lat'] === -8.521147 && venue['lon'] === 179.1962
}

function mean(groups: readonly Row[]): { readonly lat: number | null; readonly lon: number | null } {
  if (groups.length === 0) return { lat: null, lon: null }
  const of = (column: string) =>
    rounded(groups.reduce((sum, group) => sum + Number(group[column]), 0) / groups.length, 4)
  return { lat: of('lat'), lon: of('lon') }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}
