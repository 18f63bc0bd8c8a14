import { isInWindow, shownTime } from './activity-answers.ts'
import type { AnswerRow } from './activity-answers.ts'
import type { Row } from '../rows.ts'

const dayMs = 24 * 60 * 60 * 1000

export type RateAsked = {
  readonly streamTime: number | null
  readonly window: number
  readonly bucket: number
  readonly tz: string
}

/** Yes and no per bucket; the first bucket is whole. */
export function responseRate(rsvps: readonly Row[], asked: RateAsked): readonly AnswerRow[] {
  const { streamTime, window } = asked
  if (streamTime === null) return []
  const starts = bucketStarts(streamTime - window, streamTime, asked)
  const shown = rsvps.filter(({ mtime }) =>
    isInWindow(mtime, { streamTime, window: streamTime - (starts[0] ?? 0) + 1 }),
  )
  return starts.map((start, n) => {
    const end = starts[n + 1] ?? Number.POSITIVE_INFINITY
    const within = shown.filter(({ mtime }) => Number(mtime) >= start && Number(mtime) < end)
    const saying = (response: string) => within.filter((row) => row['response'] === response).length
    return { bucket: shownTime(new Date(start).toISOString()), yes: saying('yes'), no: saying('no') }
  })
}

/** The buckets with an instant later than `since` and none later than `until`, found by walking over the clock on the wall. */
function bucketStarts(since: number, until: number, { bucket, tz }: Omit<RateAsked, 'streamTime' | 'window'>) {
  const wallDate = dateReader(tz)
  const step = Math.min(bucket, dayMs)
  const daysPerBucket = Math.max(1, bucket / dayMs)
  const starts: number[] = []
  for (let day = firstDay(since, daysPerBucket, wallDate); day <= until;) {
    let next = day
    for (let n = 0; n < daysPerBucket; n += 1) next = dayAfter(next, wallDate)
    if (bucket >= dayMs) starts.push(day)
    else for (let start = day; start < next; start += step) starts.push(start)
    day = next
  }
  return starts.filter((start, n) => start <= until && (starts[n + 1] ?? Number.POSITIVE_INFINITY) > since)
}

type WallDate = (instant: number) => string

function dateReader(tz: string): WallDate {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: tz, year: 'numeric', month: '2-digit', day: '2-digit' })
  return (instant) => format.format(instant)
}

/** The first instant of a day at or before `instant`, such that runs of `days` days begin at Monday, 2000-01-03. */
function firstDay(instant: number, days: number, wallDate: WallDate): number {
  let day = midnightOf(instant, wallDate)
  const dayNumber = () => Math.round((Date.parse(wallDate(day)) - Date.UTC(2000, 0, 3)) / dayMs)
  while (dayNumber() % days !== 0) day = midnightOf(day - 1, wallDate)
  return day
}

/** The first instant whose date is that of `instant`: by halving, so the date must not come back once it has changed. */
function midnightOf(instant: number, wallDate: WallDate): number {
  const date = wallDate(instant)
  let [before, within] = [instant - 2 * dayMs, instant]
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2)
    if (wallDate(middle) === date) within = middle
    else before = middle
  }
  return within
}

function dayAfter(midnight: number, wallDate: WallDate): number {
  const date = wallDate(midnight)
  let [within, after] = [midnight, midnight + 2 * dayMs]
  while (after - within > 1) {
    const middle = Math.floor((within + after) / 2)
    if (wallDate(middle) === date) within = middle
    else after = middle
  }
  return after
}
