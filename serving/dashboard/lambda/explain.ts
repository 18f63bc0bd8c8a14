import { formatNumber } from '../format.ts'
import type { LayerCount } from './layer-count.ts'

/** Why merged is right and adding is not, in the numbers of this moment. */
export function explain({ batch, overridden, speed, merged, naive }: LayerCount): string {
  const n = formatNumber
  return [
    `The batch layer counted ${n(batch)} up to the tidemark.`,
    speed === 0 ? 'Nothing that counts has come since.' : `Since then ${n(speed)} came, which the speed layer counts.`,
    overridden === 0
      ? 'None of batch’s rows has a newer version there.'
      : `${n(overridden)} of batch’s rows ${overridden === 1 ? 'has' : 'have'} a newer version there, so ${overridden === 1 ? 'it is' : 'they are'} taken out before speed’s are put in.`,
    overridden === 0
      ? `${n(batch)} + ${n(speed)} = ${n(merged)}.`
      : `${n(batch)} − ${n(overridden)} + ${n(speed)} = ${n(merged)}.`,
    naive === merged
      ? 'So far nothing was sent twice or corrected, so adding up events as they come says the same.'
      : `Adding up events as they come says ${n(naive)}: what is sent again or corrected is counted again each time.`,
  ].join(' ')
}

/** `too many: +263 (+30 %)` */
export function excessText({ merged, naive }: LayerCount): string {
  const excess = naive - merged
  if (excess === 0) return 'the same, so far'
  const sign = excess > 0 ? '+' : '−'
  const percent = merged === 0 ? '' : ` (${sign}${formatNumber(Math.round((Math.abs(excess) / merged) * 100))} %)`
  return `${excess > 0 ? 'too many' : 'too few'}: ${sign}${formatNumber(Math.abs(excess))}${percent}`
}
