import { AppError } from '../../schemas/errors.ts'

/** The number that a flag was given. Throws USAGE outside 1 to `max`. */
export function countFlag(flag: string, text: string, max: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= max) return count
  throw new AppError('USAGE', `${flag}: expected a number from 1 to ${max}, got ${text}`)
}
