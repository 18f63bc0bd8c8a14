/**
 * All errors that we expect. `httpStatus` below and `exitCode` in `cli/` cover this whole list, so a new code does not
 * compile until both say what it means to callers.
 */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'DATASET_FAULTY'
  | 'USAGE'
  | 'LISTEN_FAILED'
  | 'LOG_UNREACHABLE'
  | 'LOG_FOREIGN'
  | 'LOG_RECREATED'
  | 'LOG_CORRUPT'
  | 'TOPIC_MISSING'
  | 'EVENT_TOO_LARGE'
  | 'STORE_UNREACHABLE'
  | 'STORE_UNSAFE'
  | 'DISK_FAILED'
  | 'OBJECT_MISSING'
  | 'CHAIN_BROKEN'
  | 'CHUNK_CORRUPT'
  | 'MANIFEST_CORRUPT'
  | 'TABLE_CORRUPT'
  | 'VERDICT_CORRUPT'
  | 'SOURCE_FAILED'
  | 'BODY_TOO_LARGE'
  | 'CONTENT_TYPE_UNSUPPORTED'
  | 'REQUEST_INVALID'
  | 'NOT_ACCEPTABLE'
  | 'NOT_FOUND'
  | 'SQL_INVALID'
  | 'AFTER_NOT_REACHED'
  | 'NOT_READY'
  | 'BUSY'
  | 'QUERY_TIMEOUT'
  | 'QUERY_CAP_EXCEEDED'
  | 'WORKER_LOST'
  | 'UNAUTHORIZED'
  | 'HOST_NOT_ALLOWED'
  | 'CLOSED'

/** `message` is for people: it names the thing at fault and says what to do. Callers branch on `code` alone. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** Facts for the problem document of an HTTP answer, for example the names that do exist. */
  readonly details: Readonly<Record<string, unknown>>

  /** When to try again, if the code alone does not say. */
  readonly retryAfterS: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown>; retryAfterS?: number } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details ?? {}
    this.retryAfterS = options.retryAfterS
  }
}

export function hasCode(error: unknown, code: ErrorCode): error is AppError {
  return error instanceof AppError && error.code === code
}

/** True for an error of the operating system with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code)
}
