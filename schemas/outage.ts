import { diskFault } from './disk-fault.ts'
import { hasCode } from './errors.ts'
import type { AppError } from './errors.ts'

/**
 * Returns the error if it may pass by itself or be mended while the process runs: the log, the store or a local disk
 * failed. Null for all others.
 */
export function outageOf(error: unknown): AppError | null {
  if (hasCode(error, 'LOG_UNREACHABLE') || hasCode(error, 'STORE_UNREACHABLE')) return error
  return diskFault(error)
}
