import { z } from 'zod'
import type { TimeForm } from '../../../../schemas/declare/dataset.ts'
import { latestEpochMs } from '../../../../schemas/sql/columns/epoch-range.ts'
import { isoTimestampPattern } from '../../../../schemas/sql/columns/time-sql.ts'
import type { Shape } from './shape.ts'

/** Numbers that look like times: of 1985 to 2103, in seconds. */
const [earliestS, latestS] = [480_000_000, 4_200_000_000]

const perSecond = { s: 1, ms: 1_000, us: 1_000_000 } as const

const isoTimestamp = new RegExp(`^(?:${isoTimestampPattern})$`)
const zodDatetime = z.iso.datetime({ offset: true })
const zodDate = z.iso.date()

/** How all values of a field write times; undefined if one of them does not look like a time. */
export function timeFormOf(shape: Shape): TimeForm | undefined {
  if (shape.booleans + shape.objects + shape.arrays > 0) return undefined
  const [numbers, texts] = [[...shape.numbers.keys()].map(Number), [...shape.texts.keys()]]
  if (numbers.length === 0) return texts.length > 0 && texts.every(isIsoTime) ? 'iso' : undefined
  if (texts.length > 0) return undefined
  return (['s', 'ms', 'us'] as const).find((unit) =>
    numbers.every((value) => value >= earliestS * perSecond[unit] && value <= latestS * perSecond[unit]),
  )
}

/** The unit of numbers since 1970, by their size; undefined if one of them is no such time. */
export function unitBySize(shape: Shape): TimeForm | undefined {
  const numbers = [...shape.numbers.keys()].map(Number)
  const largest = Math.max(...numbers)
  if (numbers.length === 0 || !numbers.every((value) => value >= 0 && Number.isSafeInteger(value))) return undefined
  if (largest <= latestS) return 's'
  return largest <= latestEpochMs ? 'ms' : 'us'
}

/** True if the contract may say `z.iso.datetime({ offset: true })`. */
export function areZodTimes(texts: readonly string[]): boolean {
  return texts.every((text) => zodDatetime.safeParse(text).success)
}

export function areDates(texts: readonly string[]): boolean {
  return texts.length > 0 && texts.every((text) => text >= '0001' && zodDate.safeParse(text).success)
}

/** Events lie after 1970; the other columns may hold earlier times. */
export function areAfter1970(shape: Shape): boolean {
  return [...shape.texts.keys()].every((text) => text >= '1970-01-02')
}

/** There are days that no month has, and the engine knows no offset beyond 15 hours. */
function isIsoTime(text: string): boolean {
  return (
    isoTimestamp.test(text) &&
    areDates([text.slice(0, 10)]) &&
    text >= '0001-01-02' &&
    text < '9999-12-31' &&
    !/[+-](1[6-9]|2\d):?(\d\d)?$/.test(text)
  )
}
