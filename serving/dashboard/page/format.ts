import { decimalNumber, exactNumber, formatNumber } from './numbers.ts'
import type { ColumnInfo, Value } from './page.ts'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' })
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })

/** `19 Mar 2017, 13:45:12`. All times of the dashboard are UTC. */
export function formatTime(time: string | number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? String(time) : `${day.format(date)}, ${clock.format(date)}`
}

export function formatClock(time: string | number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? String(time) : clock.format(date)
}

export function formatDay(time: string | number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? String(time) : day.format(date)
}

/** `340 ms`, `2.1 s`, `5 min`, `3 h`, `12 days`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`
  if (durationMs < 60_000) return `${fine.format(durationMs / 1000)} s`
  if (durationMs < 3_600_000) return `${whole.format(durationMs / 60_000)} min`
  if (durationMs < 172_800_000) return `${whole.format(durationMs / 3_600_000)} h`
  return `${whole.format(durationMs / 86_400_000)} days`
}

/** `512 B`, `3.2 kB`, `48 MB`, in units of a thousand. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3))
  return `${fine.format(bytes / 1000 ** power)} ${['B', 'kB', 'MB', 'GB', 'TB'][power] ?? 'B'}`
}

export function formatValue(value: Value | undefined, type: string): string {
  if (value === null || value === undefined) return '–'
  if (type.startsWith('TIMESTAMP')) return formatTime(String(value))
  if (typeof value === 'number') return decimalNumber(value, type) ?? formatNumber(value)
  if (typeof value === 'string' && isNumeric(type)) return exactNumber(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value
}

/** Returns a number with every digit; `formatValue` shows fewer. */
export function exactValue(value: Value | undefined, type: string): string {
  return typeof value === 'number' ? exactNumber(value) : formatValue(value, type)
}

export function isNumeric(type: string): boolean {
  return /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|UHUGEINT|FLOAT|DOUBLE|DECIMAL)/.test(
    type,
  )
}

/** Returns `event_name` as people write it: `Event name`. A time whose name has one word is called Time. */
export function columnTitle(name: string, type = ''): string {
  if (type.startsWith('TIMESTAMP') && !name.includes('_')) return 'Time'
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function typeOf(columns: readonly ColumnInfo[], name: string): string {
  return columns.find((column) => column.name === name)?.type ?? 'VARCHAR'
}
