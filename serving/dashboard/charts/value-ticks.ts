import { exactNumber } from '../page/numbers.ts'

const letters = ['', 'K', 'M', 'B', 'T'] as const
/** Below it a number is as short as with a letter. */
const plainMax = 10_000
/** Beyond it there is no letter. */
const lettersMax = 1e15
/** More decimals behind a letter are longer than the number itself. */
const decimalsMax = 3

/** Round numbers at one distance, about `count` of them; the first is at or below all values, the last at or above. */
export function roundTicks(values: readonly number[], count: number): readonly number[] {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1]
  const spread = max - min || Math.abs(max) / 10 || 1
  // Nearer together two numbers are one to the machine.
  const step = roundStep(Math.max(spread / count, Math.max(Math.abs(min), Math.abs(max)) * 1e-14))
  const [first, last] = [Math.floor(min / step), Math.ceil(max / step)]
  const end = first === last ? last + 1 : last
  return Array.from({ length: end - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(15)))
}

/** The nearest of 1, 2 and 5 times a power of ten. */
function roundStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted))
  const times = wanted / power
  return power * (times >= Math.sqrt(50) ? 10 : times >= Math.sqrt(10) ? 5 : times >= Math.SQRT2 ? 2 : 1)
}

/** As short as tells the ticks apart: `2.5B`, or whole where that takes many decimals. No two that differ are alike. */
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

/** Those that a number of this size takes to be seen. */
function decimalsOf(step: number): number {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
}
