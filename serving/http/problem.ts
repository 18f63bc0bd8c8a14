import { diskFault } from '../../schemas/disk-fault.ts'
import { AppError } from '../../schemas/errors.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import { jsonText } from '../answers/json-answer.ts'

type Kind = { readonly status: number; readonly title: string; readonly retryAfterS?: number }

/** An error that no caller can cause or mend. Its message may name files and hosts, so callers do not see it. */
const internal = { status: 500, title: 'Internal error' } as const

/** The HTTP status and title of each error code. */
const kinds = {
  REQUEST_INVALID: { status: 400, title: 'Invalid request' },
  SQL_INVALID: { status: 400, title: 'Invalid SQL' },
  UNAUTHORIZED: { status: 401, title: 'An API key is needed' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  NOT_ACCEPTABLE: { status: 406, title: 'No such format' },
  QUERY_TIMEOUT: { status: 408, title: 'Out of time' },
  AFTER_NOT_REACHED: { status: 409, title: 'Not there yet' },
  BODY_TOO_LARGE: { status: 413, title: 'Body too large' },
  EVENT_TOO_LARGE: { status: 413, title: 'Event too large' },
  CONTENT_TYPE_UNSUPPORTED: { status: 415, title: 'Unsupported content type' },
  HOST_NOT_ALLOWED: { status: 421, title: 'Another host was asked for' },
  QUERY_CAP_EXCEEDED: { status: 422, title: 'Query too large' },
  BUSY: { status: 429, title: 'Too many requests at a time', retryAfterS: 1 },
  WORKER_LOST: { status: 503, title: 'SQL worker lost', retryAfterS: 1 },
  NOT_READY: { status: 503, title: 'Not ready', retryAfterS: 5 },
  DATASET_FAULTY: { status: 503, title: 'Dataset left out' },
  LOG_UNREACHABLE: { status: 503, title: 'Log unreachable', retryAfterS: 5 },
  STORE_UNREACHABLE: { status: 503, title: 'Store unreachable', retryAfterS: 5 },
  DISK_FAILED: { status: 503, title: 'Disk failed', retryAfterS: 5 },
  TOPIC_MISSING: { status: 503, title: 'Topic missing', retryAfterS: 5 },
  CLOSED: { status: 503, title: 'Shutting down', retryAfterS: 5 },
  CONFIG_INVALID: internal,
  USAGE: internal,
  LISTEN_FAILED: internal,
  LOG_FOREIGN: internal,
  LOG_RECREATED: internal,
  LOG_CORRUPT: internal,
  STORE_UNSAFE: internal,
  OBJECT_MISSING: internal,
  CHAIN_BROKEN: internal,
  CHUNK_CORRUPT: internal,
  MANIFEST_CORRUPT: internal,
  TABLE_CORRUPT: internal,
  VERDICT_CORRUPT: internal,
  SOURCE_FAILED: internal,
} as const satisfies Record<ErrorCode, Kind>

export type Problem = {
  readonly status: number
  readonly title: string
  readonly code: string
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the problem document, for example the names that exist. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** For an unforeseen error the problem gives no detail: the log has it, under the request's id. */
export function problemOf(thrown: unknown): Problem {
  const error = diskFault(thrown) ?? thrown
  if (error instanceof AppError) {
    const { status, title, retryAfterS: otherwise }: Kind = kinds[error.code]
    const { retryAfterS = otherwise } = error
    if (status === 500) return unforeseen
    const headers = {
      ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="tidemark"' } : {}),
    }
    return { status, title, code: error.code, detail: error.message, headers, details: error.details }
  }
  return frameworkProblem(error) ?? unforeseen
}

/** Returns the problem document of RFC 9457. */
export function problemJson({ status, title, code, detail, details = {} }: Problem, requestId: string): string {
  const type = `urn:tidemark:problem:${code.toLowerCase().replaceAll('_', '-')}`
  return jsonText({ ...details, type, title, status, code, detail, request_id: requestId })
}

const unforeseen: Problem = {
  ...internal,
  code: 'INTERNAL',
  detail: 'Something went wrong on the server. Its log tells what, under this request_id.',
}

const frameworkCodes: Readonly<Record<number, ErrorCode>> = {
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  415: 'CONTENT_TYPE_UNSUPPORTED',
}

/**
 * Errors of the HTTP framework carry a status, and their messages are about the request only, so callers may see them.
 */
function frameworkProblem(error: unknown): Problem | null {
  if (!(error instanceof Error && 'statusCode' in error && 'code' in error)) return null
  const { statusCode: status, message } = error
  if (typeof status !== 'number' || status < 400 || status > 499) return null
  const code = frameworkCodes[status] ?? 'REQUEST_INVALID'
  return { status, title: kinds[code].title, code, detail: message }
}
