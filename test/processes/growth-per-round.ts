/**
 * What each round of the second half added: the middle one of the slopes between all pairs of its rounds, so that single peaks
 * count for nothing.
 */
export function growthPerRound(bytes: readonly number[]): number {
  const half = bytes.slice(Math.floor(bytes.length / 2))
  const slopes = half.flatMap((before, i) => half.slice(i + 1).map((after, j) => (after - before) / (j + 1)))
  return slopes.toSorted((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? Number.NaN
}
