import type { LayerCount } from './layer-count.ts'
import { formatNumber } from '../page/numbers.ts'

const n = formatNumber

/** Explains with the current numbers why merging is right and adding is not. */
export function explain(count: LayerCount, generation: number): string {
  const { batch, speed, naive } = count
  if (naive === 0) return 'Nothing that counts has come yet.'
  if (generation === 0)
    return `The batch layer has not run yet, so the speed layer answers alone: ${n(speed)}, each row counted once. ${adding(count)}`
  const since = speed === 0 ? 'Nothing that counts has come since.' : `Speed counts ${n(speed)} that came since.`
  return `The batch layer counted ${n(batch)} up to the tidemark. ${since} ${overriding(count)} ${adding(count)}`
}

function overriding({ batch, overridden, speed, merged }: LayerCount): string {
  if (overridden === 0)
    return `None of batch’s rows has a newer version there: ${together(`${n(batch)} + ${n(speed)} = ${n(merged)}`)}.`
  const [has, is] = overridden === 1 ? ['has', 'it is'] : ['have', 'they are']
  return `${n(overridden)} of batch’s rows ${has} a newer version there, so ${is} taken out first: ${together(`${n(batch)} − ${n(overridden)} + ${n(speed)} = ${n(merged)}`)}.`
}

/** Keeps the text on one line. */
function together(text: string): string {
  return text.replaceAll(' ', '\u00A0')
}

function adding({ merged, naive }: LayerCount): string {
  return naive === merged
    ? 'So far nothing was sent again or corrected, so adding up events as they come says the same.'
    : `Adding up events as they come says ${n(naive)}: whatever is sent again or corrected is counted once more each time.`
}

/** `too many: +263 (+30 %)` */
export function excessText({ merged, naive }: LayerCount): string {
  const excess = naive - merged
  if (excess === 0) return 'the same, so far'
  const sign = excess > 0 ? '+' : '−'
  const percent = merged === 0 ? '' : ` (${sign}${n(Math.round((Math.abs(excess) / merged) * 100))} %)`
  return `${excess > 0 ? 'too many' : 'too few'}: ${sign}${n(Math.abs(excess))}${percent}`
}
