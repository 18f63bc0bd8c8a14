import { isNumeric } from '../page/format.ts'
import type { ColumnInfo, Rows } from '../page/page.ts'

export type ChartChoice = {
  /** The kinds of chart that fit, the best first. */
  readonly kinds: readonly [ChartKind, ...ChartKind[]]
  /** The horizontal axis of a line: a time or a number. */
  readonly x: ColumnInfo | null
  /** The columns that together name a bar. */
  readonly labels: readonly string[]
  readonly values: readonly [string, ...string[]]
}
export type ChartKind = 'line' | 'bars'

const linesMax = 4

/** Returns how the rows can be drawn, or null if no chart would show anything. */
export function chooseChart({ columns, rows }: Rows): ChartChoice | null {
  if (rows.length < 2) return null
  const time = columns.find(({ type }) => /^(TIMESTAMP|DATE)/.test(type)) ?? null
  const numbers = columns.filter(({ name, type }) => isNumeric(type) && !/(^|_)id$/i.test(name))
  const labels = columns.filter(({ type }) => /^(VARCHAR|BOOLEAN|ENUM)/.test(type)).map(({ name }) => name)
  const number = time === null && labels.length === 0 && numbers.length > 1 ? (numbers[0] ?? null) : null
  const x = time ?? number
  const [value, ...others] = numbers.filter((column) => column !== x).map(({ name }) => name)
  if (value === undefined) return null
  const values = [value, ...others.slice(0, linesMax - 1)] as const
  // If several rows have the same time, they are about different things and do not make one line.
  const isLine = x !== null && new Set(rows.map((row) => row[x.name])).size === rows.length
  const names = labels.length > 0 ? labels : x === null ? [] : [x.name]
  if (isLine) return { kinds: names.length > 0 ? ['line', 'bars'] : ['line'], x, labels: names, values }
  return names.length > 0 ? { kinds: ['bars'], x: null, labels: names, values } : null
}
