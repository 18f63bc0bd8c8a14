import { exactNumber } from '../page/numbers.ts'

const letters = ['', 'K', 'M', 'B', 'T'] as const
/** Below this, a number is as short without a letter as with one. */
const plainMax = 10_000
/** Beyond this there is no letter. */
const lettersMax = 1e15
/** With more decimals, the text with a letter is longer than the whole number. */
const decimalsMax = 3

/**
 * Returns about `count` round numbers at equal distances. The first is at most the least value, the last at least the
 * greatest.
 */
export function roundTicks(values: readonly number[], count: number): readonly number[] {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1]
  const spread = max - min || Math.abs(max) / 10 || 1
  // Below this distance, neighbours would be the same floating-point number.
  const step = roundStep(Math.max(spread / count, Math.max(Math.abs(min), Math.abs(max)) * 1e-14))
  const [first, last] = [Math.floor(min / step), Math.ceil(max / step)]
  const end = first === last ? last + 1 : last
  return Array.from({ length: end - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(15)))
}

/** Returns 1, 2 or 5 times a power of ten, the nearest of them. */
function roundStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted))
  const times = wanted / power
  return power * (times >= Math.sqrt(50) ? 10 : times >= Math.sqrt(10) ? 5 : times >= Math.SQRT2 ? 2 : 1)
}

/**
 * Returns the shortest texts that tell the ticks apart: `2.5B`, or the whole number if that would need many decimals.
 * Different ticks have different texts.
 */
export function tickTexts(ticks: readonly number[]): readonly string[] {
  const [first = 0, second = first + 1] = ticks
  const [step, max] = [Math.abs(second - first), Math.max(...ticks.map(Math.abs))]
  if (max >= lettersMax || step < 1e-9) {
    const digits = Math.max(0, Math.min(20, Math.floor(Math.log10(max)) - Math.floor(Math.log10(step))))
    return ticks.map((tick) => (tick === 0 ? '0' : tick.toExponential(digits).replace('e+', 'E').replace('e', 'E')))
  }
  const group = max < plainMax ? 0 : Math.floor(Math.log10(max) / 3)
  const decimals = decimalsOf(step / 1000 ** group)
  if (group > 0 && decimals > decimalsMax) return ticks.map((tick) => exactNumber(tick.toFixed(decimalsOf(step))))
  return ticks.map((tick) => {
    const text = exactNumber((tick / 1000 ** group).toFixed(decimals))
    return tick === 0 ? '0' : `${text}${letters[group] ?? ''}`
  })
}

/** Returns how many decimals show a step of this size. */
function decimalsOf(step: number): number {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
}
