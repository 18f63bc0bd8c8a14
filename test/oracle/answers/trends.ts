import { isInWindow } from './activity-answers.ts'
import type { AnswerRow } from './activity-answers.ts'
import { byKey, cityOf, columnsOf, groupedBy, placedAnswers, ranked, rounded } from './placed-answers.ts'
import type { Where } from './placed-answers.ts'
import type { Row, Tables } from '../rows.ts'

/** In ms. */
export type Spans = { readonly streamTime: number; readonly window: number; readonly baseline: number }

/** All that counts as history lies behind `begins`, and at or before `ends`. */
export function historyOf(tables: Tables, { streamTime, window, baseline }: Spans) {
  const times = tables.rsvp
    .map((row) => Number(row['mtime']))
    .filter((at) => isInWindow(at, { streamTime, window: window + baseline }))
    .toSorted((a, b) => a - b)
  const ends = streamTime - window
  const twentieth = times[Math.max(1, Math.ceil(times.length / 20)) - 1] ?? ends
  return { begins: Math.min(twentieth, ends), ends }
}

type Trending = Spans & Where & { readonly groups: number }

export function trendingCities(tables: Tables, asked: Trending): readonly AnswerRow[] {
  const rows = trending(tables, asked, (group) => [
    [cityOf(group), columnsOf(group, ['country', 'state', 'city'])] as const,
  ])
  return shown(rows, ['country', 'state', 'city'])
}

export function trendingTopics(tables: Tables, asked: Trending): readonly AnswerRow[] {
  const names = byKey(tables.topic, 'urlkey')
  const urlkeys = groupedBy(tables.group_topic, (row) => `${row['group_id']}`)
  const rows = trending(tables, asked, (group) =>
    (urlkeys.get(`${group['group_id']}`) ?? []).map(({ urlkey = null }) => [
      `${urlkey}`,
      { ...columnsOf({ urlkey }, ['urlkey']), ...columnsOf(names.get(urlkey), ['topic_name']) },
    ]),
  )
  return shown(rows, ['urlkey'])
}

function trending(
  tables: Tables,
  asked: Trending,
  keysOf: (group: Row) => readonly (readonly [string, AnswerRow])[],
): readonly AnswerRow[] {
  const history = historyOf(tables, asked)
  const baseline_ms = history.ends - history.begins
  if (baseline_ms === 0) return []
  const keyed = placedAnswers(tables, asked)
    .filter(({ rsvp }) => rsvp['response'] === 'yes')
    .flatMap(({ group, at }) => keysOf(group).map(([key, columns]) => ({ key, columns, group, at })))
  return [...groupedBy(keyed, ({ key }) => key).values()].flatMap((ofKey) => {
    const now = ofKey.filter(({ at }) => isInWindow(at, asked))
    const before = ofKey.filter(({ at }) => at > history.begins && at <= history.ends)
    const expected = ((before.length + 0.5) / baseline_ms) * asked.window
    const groups = new Set(now.map(({ group }) => group['group_id'])).size
    if (now.length <= expected || groups < asked.groups) return []
    const perHour = 3_600_000 / asked.window
    return [
      {
        ...ofKey[0]?.columns,
        score: scoreOf(now.length, expected),
        rate_now: rounded(now.length * perHour, 2),
        expected_rate: rounded(expected * perHour, 2),
        now_count: now.length,
        baseline_count: before.length,
        groups,
        baseline_ms,
      },
    ]
  })
}

function scoreOf(observed: number, expected: number): number {
  const n = observed + 0.5
  return Math.log2(n / (expected + 0.5)) - 3.3 * n ** -0.5 - 2 * n ** -1.5
}

function shown(rows: readonly AnswerRow[], key: readonly string[]): readonly AnswerRow[] {
  return ranked(rows, ['-score', '-now_count', ...key]).map((row) => ({
    ...row,
    score: rounded(Number(row['score']), 3),
  }))
}
