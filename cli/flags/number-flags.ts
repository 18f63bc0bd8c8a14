import { AppError } from '../../schemas/errors.ts'

/** Returns the number of a flag. Throws USAGE outside 1 to `max`. */
export function countFlag(flag: string, text: string, max: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= max) return count
  throw new AppError('USAGE', `${flag}: expected a number from 1 to ${max}, got ${text}`)
}

/** Returns how many times faster than recorded to replay; null for as fast as possible. Throws USAGE. */
export function speedupFlag(text: string): number | null {
  if (text === 'max') return null
  const speedup = Number(text)
  if (Number.isFinite(speedup) && speedup > 0) return speedup
  throw new AppError('USAGE', `--speedup ${text}: expected a number above 0, or max`)
}
