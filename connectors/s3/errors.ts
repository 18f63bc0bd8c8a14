import { diskFault } from '../../schemas/disk-fault.ts'
import { AppError, isErrno } from '../../schemas/errors.ts'

const networkCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]
const transientNames = new Set([
  'TimeoutError',
  'RequestTimeout',
  'SlowDown',
  'ConditionalRequestConflict',
  'OperationAborted',
  // The SDK corrects its clock by the answer, so the next request has the right time.
  'RequestTimeTooSkewed',
])
/** Comes with status 404. */
const unknownUserOfVersitygw = 'XAdminUserNotFound'
const transientStatuses = new Set([408, 425, 429, 500, 502, 503, 504])

/** The HTTP status of the store's answer; null if there was none. */
export function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('$metadata' in error)) return null
  const metadata = error.$metadata
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null
}

/** True if the same request may succeed later. A put that failed this way may have succeeded, or may still succeed. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const status = statusOf(error)
  if (status !== null && transientStatuses.has(status)) return true
  // The error of a connection that ends within an answer has no code.
  return (
    transientNames.has(error.name) || isErrno(error, ...networkCodes) || /socket hang up|aborted/.test(error.message)
  )
}

/** Returns an error that names the store and says what to do. Returns an error that is not the store's as it is. */
export function explainS3(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof AppError || diskFault(error) !== null) return error
  return new AppError('STORE_UNREACHABLE', `${where}: ${advice(error)}`, { cause: error })
}

/**
 * The message of an error, also of a nested one: a connection that was refused at two addresses has a code and no
 * message.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || ('code' in error ? String(error.code) : error.name)
}

function advice(error: Error): string {
  if (error.name === 'NoSuchBucket') return 'the bucket does not exist. Create it, or correct S3_BUCKET'
  if (error.name === 'CredentialsProviderError')
    return 'no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
  if (error.message === 'Region is missing')
    return 'no region. Set AWS_REGION; most stores that are not AWS’s take us-east-1'
  if (statusOf(error) === 403 || statusOf(error) === 401 || error.name === unknownUserOfVersitygw) {
    return `refused (${error.name}). Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights on the bucket`
  }
  return messageOf(error)
}
