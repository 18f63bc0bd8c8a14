const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const plainMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: minuteMs, h: hourMs, d: dayMs, w: 7 * dayMs }

/** Milliseconds of the groups of the pattern below, in their order. */
const isoMs = [7 * dayMs, dayMs, hourMs, minuteMs, 1000]
const digits = '(\\d{1,9}(?:[.,]\\d{1,3})?)'
const iso = new RegExp(
  `^P(?=\\d|T\\d)(?:${digits}W)?(?:${digits}D)?(?:T(?=\\d)(?:${digits}H)?(?:${digits}M)?(?:${digits}S)?)?$`,
  'i',
)

/**
 * Returns the milliseconds of an ISO 8601 duration (`PT15M`, `P1DT12H`, `P2W`) or of one number with a unit (`15m`,
 * `1.5h`); null for other text. Months and years are refused, because their length depends on where they begin.
 */
export function durationMs(text: string): number | null {
  const plain = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d|w)$/i.exec(text)
  if (plain !== null) return Math.round(Number(plain[1]) * (plainMs[(plain[2] ?? '').toLowerCase()] ?? 0))
  const parts = iso.exec(text)
  if (parts === null) return null
  const amounts = parts.slice(1).map((part) => Number((part ?? '0').replace(',', '.')))
  return Math.round(amounts.reduce((total, amount, index) => total + amount * (isoMs[index] ?? 0), 0))
}
