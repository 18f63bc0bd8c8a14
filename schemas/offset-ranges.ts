import type { OffsetRange } from './log.ts'

/** `[["3","5"]]`: half-open ranges, offsets as strings of digits. */
export function rangesJson(ranges: readonly OffsetRange[]): readonly (readonly [string, string])[] {
  return ranges.map(({ firstOffset, nextOffset }) => [String(firstOffset), String(nextOffset)])
}

/** How many offsets the ranges hold. */
export function offsetCount(ranges: readonly OffsetRange[]): bigint {
  return ranges.reduce((count, { firstOffset, nextOffset }) => count + (nextOffset - firstOffset), 0n)
}
