import type { AnswerRow } from './activity-answers.ts'
import { timeOf } from './city-answers.ts'
import { likeness } from './likeness.ts'
import { byKey, columnsOf, folded, groupedBy, isThere, ranked } from './placed-answers.ts'
import type { Where } from './placed-answers.ts'
import type { Row, Tables, Value } from '../rows.ts'

export type OnTopic = Where & {
  readonly topic?: string
  /** Epoch ms. */
  readonly from?: number
  readonly to?: number
  readonly streamTime: number
}

export function eventsOnTopic(tables: Tables, asked: OnTopic): readonly AnswerRow[] {
  const { topic, from, to, streamTime } = asked
  const [groups, venues] = [byKey(tables.groups, 'group_id'), byKey(tables.venue, 'venue_id')]
  const onTopic = topic === undefined ? null : groupsOnTopic(tables, wordsOf(topic))
  const isScheduled = ({ event_time = null }: Row) =>
    event_time === null
      ? from === undefined && to === undefined
      : Number(event_time) >= (from ?? streamTime) && Number(event_time) < (to ?? Number.POSITIVE_INFINITY)
  const found = tables.event.filter(isScheduled).flatMap((event) => {
    const group = groups.get(event['group_id'])
    if (group === undefined || !isThere(group, asked)) return []
    const isNamed = topic === undefined || ` ${wordsOf(event['event_name'])} `.includes(` ${wordsOf(topic)} `)
    return isNamed || onTopic?.has(event['group_id']) === true ? [{ event, group }] : []
  })
  const rows = found.map(({ event, group }) => ({
    events: found.length,
    ...columnsOf(event, ['event_id', 'event_name', 'event_url']),
    event_time: timeOf(event),
    yes: tables.rsvp.filter((rsvp) => rsvp['event_id'] === event['event_id'] && rsvp['response'] === 'yes').length,
    ...columnsOf(group, ['group_name', 'country', 'state', 'city']),
    ...columnsOf(venues.get(event['venue_id']), ['venue_name']),
  }))
  return ranked(rows, ['event_time', '-yes', 'event_id'])
}

function groupsOnTopic(tables: Tables, words: string): ReadonlySet<Value | undefined> {
  const urlkeys = new Set(
    tables.topic
      .filter(({ urlkey, topic_name }) => wordsOf(urlkey) === words || wordsOf(topic_name) === words)
      .map(({ urlkey }) => urlkey),
  )
  return new Set(tables.group_topic.filter(({ urlkey }) => urlkeys.has(urlkey)).map((row) => row['group_id']))
}

function wordsOf(text: Value | undefined): string {
  return (folded(text).match(/[\p{L}\p{N}+#]+/gu) ?? []).join(' ')
}

export type LookedUp = { readonly kind: 'city' | 'topic' | 'group' | 'country'; readonly text: string }

export function lookup(tables: Tables, { kind, text }: LookedUp): readonly AnswerRow[] {
  const prefix = folded(text).trim()
  const names = namesOf(tables, kind)
  const found = names.filter(({ value }) => ` ${folded(value)}`.includes(` ${prefix}`))
  const rows =
    found.length > 0
      ? found.map((row) => ({ ...row, likeness: folded(row.value).startsWith(prefix) ? 2 : 1 }))
      : names
          .map((row) => ({ ...row, likeness: likeness(folded(row.value), prefix) }))
          .filter((row) => row.likeness >= 0.85)
  return ranked(rows, ['-likeness', '-count', 'value', 'detail']).map((row) =>
    columnsOf(row, ['value', 'detail', 'count']),
  )
}

type Named = { readonly value: string; readonly detail: string | null; readonly count: number }

function namesOf(tables: Tables, kind: LookedUp['kind']): readonly Named[] {
  const counts = (rows: readonly Row[], key: string) => groupedBy(rows, (row) => `${row[key]}`)
  switch (kind) {
    case 'city':
      return [...groupedBy(tables.groups, (row) => JSON.stringify([row['city'], row['country']])).values()].map(
        (groups) => named(groups[0]?.['city'], groups[0]?.['country'], groups.length),
      )
    case 'country':
      return [...counts(tables.groups, 'country')].map(([country, groups]) => named(country, null, groups.length))
    case 'topic': {
      const groups = counts(tables.group_topic, 'urlkey')
      return tables.topic.map((row) =>
        named(row['topic_name'], row['urlkey'], groups.get(`${row['urlkey']}`)?.length ?? 0),
      )
    }
    case 'group': {
      const events = counts(tables.event, 'group_id')
      return tables.groups.map((row) =>
        named(row['group_name'], row['group_urlname'], events.get(`${row['group_id']}`)?.length ?? 0),
      )
    }
  }
}

function named(value: Value | undefined, detail: Value | undefined, count: number): Named {
  return { value: `${value}`, detail: detail === null || detail === undefined ? null : `${detail}`, count }
}
