import type { VerifyReport } from '../../batch/verify/verify.ts'
import type { ErrorCode } from '../../schemas/errors.ts'

/** 0 ok, 1 failure, 2 wrong usage, 3 difference found, 4 no difference but lost offsets, 130 interrupted. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, difference: 3, lost: 4, interrupted: 130 } as const

const usageCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'USAGE',
  'CONFIG_INVALID',
  'DATASET_FAULTY',
  'SQL_INVALID',
  'REQUEST_INVALID',
  'NOT_FOUND',
  'NOT_ACCEPTABLE',
])

/**
 * The exit code of `verify`. Lost offsets are missing in all layers alike: that is not a difference, but not a success
 * either.
 */
export function exitCodeOfReports(
  reports: readonly Pick<VerifyReport, 'differences' | 'lost'>[],
  isLossAllowed: boolean,
): number {
  if (reports.some(({ differences }) => differences.length > 0)) return exitCodes.difference
  const isLacking = reports.some(({ lost }) => lost.size > 0)
  return isLacking && !isLossAllowed ? exitCodes.lost : exitCodes.ok
}

export function exitCodeOf(code: ErrorCode): number {
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.failure
}
