import { AppError } from '../../schemas/errors.ts'

/** How many times faster than recorded; null for as fast as it goes. Throws USAGE. */
export function speedupFlag(text: string): number | null {
  if (text === 'max') return null
  const speedup = Number(text)
  if (Number.isFinite(speedup) && speedup > 0) return speedup
  throw new AppError('USAGE', `--speedup ${text}: expected a number above 0, or max`)
}
