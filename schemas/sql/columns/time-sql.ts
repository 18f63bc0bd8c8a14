import type { TimeForm } from '../../declare/dataset.ts'
import type { Conversion, Parsed } from './conversion.ts'
import { earliestEpochMs, latestEpochMs } from './epoch-range.ts'
import { literal } from '../sql-text.ts'

const microsOf = { s: 1_000_000, ms: 1_000, us: 1 } as const

type EpochUnit = keyof typeof microsOf

/** Returns what makes a TIMESTAMPTZ of a field: without `from`, a number is epoch milliseconds and a text is ISO 8601. */
export function timestampSql(parsed: Parsed, from: TimeForm | undefined): Conversion | null {
  return timeSql(parsed, from, {
    ofMicros: (micros) => `make_timestamptz(${micros})`,
    ofText: isoTimestamp,
  })
}

/** Returns what makes a DATE of a field: the day, in UTC, of the time that `from` says. A text may be a day alone. */
export function dateSql(parsed: Parsed, from: TimeForm | undefined): Conversion | null {
  return timeSql(parsed, from, {
    ofMicros: dayOfMicros,
    ofText: (text) =>
      `CASE WHEN regexp_full_match(${text}, ${literal(isoDay)}) AND ${text} >= '0001' THEN TRY_CAST(${text} AS DATE) ELSE ${dayOfMicros(`epoch_us(${isoTimestamp(text)})`)} END`,
  })
}

type TimeSql = { readonly ofMicros: (micros: string) => string; readonly ofText: (text: string) => string }

function timeSql(parsed: Parsed, from: TimeForm | undefined, { ofMicros, ofText }: TimeSql): Conversion | null {
  if (parsed.kind === 'text') return from === undefined || from === 'iso' ? { sql: ofText, fitsAll: false } : null
  if ((parsed.kind !== 'integer' && parsed.kind !== 'number') || from === 'iso') return null
  const unit = from ?? 'ms'
  const { min, max } = epochRange(unit, parsed.kind)
  const fitsAll = parsed.kind === 'integer' && parsed.min >= min && parsed.max <= max
  const convert = (value: string) => ofMicros(microsSql(value, { unit, isWhole: parsed.kind === 'integer' }))
  return {
    sql: (value) =>
      fitsAll ? convert(value) : `CASE WHEN ${value} BETWEEN ${min} AND ${max} THEN ${convert(value)} END`,
    fitsAll,
  }
}

/** What a TIMESTAMPTZ can hold, in the unit. */
export function epochRange(
  unit: EpochUnit,
  kind: 'integer' | 'number',
): { readonly min: number; readonly max: number } {
  const perUnit = 1_000 / microsOf[unit]
  const [min, max] = [Math.ceil(earliestEpochMs * perUnit), Math.floor(latestEpochMs * perUnit)]
  // Beyond the safe integers, a number of JSON stands for its neighbours as well.
  return kind === 'integer'
    ? { min, max }
    : { min: Math.max(min, -Number.MAX_SAFE_INTEGER), max: Math.min(max, Number.MAX_SAFE_INTEGER) }
}

function microsSql(value: string, { unit, isWhole }: { unit: EpochUnit; isWhole: boolean }): string {
  const micros = unit === 'us' ? value : `${value} * ${microsOf[unit]}`
  return isWhole ? micros : `round(${micros})::BIGINT`
}

function dayOfMicros(micros: string): string {
  return `make_timestamp(${micros})::DATE`
}

/** A day of ISO 8601, which there may not be. */
export const isoDay = String.raw`\d{4}-\d{2}-\d{2}`
const isoTime = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.]\d+)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)`

/** A text of ISO 8601 that a TIMESTAMPTZ can be read from, if there is such a day. */
export const isoTimestampPattern = `${isoDay}[T ]${isoTime}`

/**
 * SQL of the time that a text of ISO 8601 names: day, time to the second or finer, and offset from UTC. What is finer
 * than a microsecond is cut off.
 */
function isoTimestamp(text: string): string {
  const time = `TRY_CAST(${text} AS TIMESTAMPTZ)`
  const isInRange = `epoch_ms(${time}) BETWEEN ${earliestEpochMs} AND ${latestEpochMs}`
  return `CASE WHEN regexp_full_match(${text}, ${literal(isoTimestampPattern)}) AND ${isInRange} THEN ${time} END`
}
