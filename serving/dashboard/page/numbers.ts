const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const scientific = new Intl.NumberFormat('en', { notation: 'scientific', maximumSignificantDigits: 3 })
/** Beyond this the compact form has no letter. */
const compactMax = 1e15

/** A DECIMAL has the digits that its owner asked for: money keeps its cents. Null for any other type. */
export function decimalNumber(value: number, type: string): string | null {
  const scale = Number(/^DECIMAL\(\d+,(\d+)\)$/.exec(type)?.[1] ?? Infinity)
  // Browsers write no more digits than these.
  if (scale > 20) return null
  return new Intl.NumberFormat('en', { minimumFractionDigits: scale, maximumFractionDigits: scale }).format(value)
}

/** Shows three digits of a fraction, and a whole number with all of its digits. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? whole.format(value) : fine.format(value)
}

/**
 * Returns every digit of an answered number, in groups of three. A number that JSON cannot hold comes as text; none of
 * its digits changes.
 */
export function exactNumber(value: number | string): string {
  const text = String(value)
  const [, sign, digits, fraction = ''] = /^(-?)(\d+)(\.\d+)?$/.exec(text) ?? []
  return digits === undefined ? text : `${sign}${digits.replaceAll(/\B(?=(\d{3})+$)/g, ',')}${fraction}`
}

/** Returns a number as people read it: text keeps its digits, a floating-point number is rounded. */
function readNumber(value: number | string): string {
  return typeof value === 'number' ? formatNumber(value) : exactNumber(value)
}

/** `196M`, `-1.96B`, `9.01E18`. */
export function compactNumber(value: number | string): string {
  const number = Number(value)
  return (Math.abs(number) < compactMax ? compact : scientific).format(number)
}

/** A value of an answer. */
export type Answered = string | number | boolean | null

/** `text` may be shortened; `exact` has every digit. */
export type ShownNumber = { readonly text: string; readonly exact: string }

/**
 * Formats numbers that people compare at a glance: each as people read it, or all in the compact form if one is longer
 * than `charsMax`.
 */
export function alikeNumbers(values: readonly (Answered | undefined)[], charsMax: number): readonly ShownNumber[] {
  const numbers = values.map((value) => (typeof value === 'number' || typeof value === 'string' ? value : null))
  const isLong = numbers.some((value) => value !== null && readNumber(value).length > charsMax)
  const textOf = isLong ? compactNumber : readNumber
  return numbers.map((value) =>
    value === null ? { text: '–', exact: '–' } : { text: textOf(value), exact: exactNumber(value) },
  )
}
