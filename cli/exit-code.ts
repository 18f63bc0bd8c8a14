import type { ErrorCode } from '../schemas/errors.ts'

/** 0 ok, 1 failure, 2 usage, 3 difference found, 4 nothing differs but offsets are lost, 130 interrupted. */
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

export function exitCodeOf(code: ErrorCode): number {
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.failure
}
