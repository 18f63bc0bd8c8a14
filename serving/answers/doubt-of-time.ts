import type { Dataset } from '../../schemas/declare/dataset.ts'

const doubtfulYearMs = Date.UTC(1971)

/**
 * Why the times of a dataset's events seem to be of another unit than declared, and what to do; null if they do not.
 * Seconds that are taken for milliseconds lie in 1970.
 */
export function doubtOfTime({ time }: Pick<Dataset, 'time'>, streamTimeMs: number | null): string | null {
  if (streamTimeMs === null || streamTimeMs >= doubtfulYearMs || time.unit === 'iso') return null
  const instead = time.unit === 'us' ? "'ms'" : "'s'"
  return `its newest event is of ${new Date(streamTimeMs).toISOString().slice(0, 10)}: if ${time.path} is in another unit, declare it, as time: { unit: ${instead} }`
}
