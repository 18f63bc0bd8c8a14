import type { ScaleOptions } from '@observablehq/plot'
import { textWidth } from './text-width.ts'
import { roundTicks, tickTexts } from './value-ticks.ts'

/** Room for the tick and a gap on either side of it. */
const besideText = 12

/** Returns a vertical axis that holds all values, with ticks at round numbers and a margin as wide as their texts. */
export function valueAxis(
  values: readonly number[],
  count = 4,
): { readonly marginLeft: number; readonly ticks: readonly number[]; readonly y: ScaleOptions } {
  const ticks = roundTicks(values, count)
  const texts = tickTexts(ticks)
  const marginLeft = Math.max(...texts.map(textWidth)) + besideText
  const tickFormat = (tick: number): string => texts[ticks.indexOf(tick)] ?? ''
  const domain = [ticks[0] ?? 0, ticks.at(-1) ?? 1]
  return { marginLeft, ticks, y: { label: null, domain, ticks: [...ticks], grid: true, tickFormat } }
}
