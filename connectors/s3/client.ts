import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

export type S3StoreOptions = {
  readonly bucket: string
  /** The beginning of every key, so that several stores can share a bucket: `prod/`. */
  readonly prefix?: string
  /**
   * The address of a store that is not AWS's own. Without it the SDK's variables and files decide, as they do for
   * credentials and region.
   */
  readonly endpoint?: string
  /** The folder of the copies that `withFiles` keeps and lends. */
  readonly cacheFolder: string
  readonly cacheBytesMax?: number
  /** Called with a sentence for people before each wait for a store that does not answer. */
  readonly onRetry?: (message: string) => void
  readonly retry?: RetryPolicy
  readonly clientConfig?: S3ClientConfig
}

export type RetryPolicy = { readonly attemptsMax: number; readonly delayMsMax: number }

const connectWithinMs = 5_000
const idleMsMax = 30_000
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * A client that stores besides AWS's understand: the bucket is in the path, and checksum headers are sent only if an
 * operation requires them. It never repeats a request, because the caller that repeats a put must know of the earlier
 * attempt.
 */
export function openS3Client({ endpoint, clientConfig }: Pick<S3StoreOptions, 'endpoint' | 'clientConfig'>): S3Client {
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    // Failures are thrown. The SDK would also warn of every lost race on the console.
    logger: silent,
    requestHandler: { connectionTimeout: connectWithinMs, socketTimeout: idleMsMax },
    ...clientConfig,
  })
}

/** Describes the store, for messages. */
export function describeS3({ bucket, prefix = '', endpoint }: S3StoreOptions): string {
  const url = `s3://${bucket}/${prefix}`.replace(/\/$/, '')
  return endpoint === undefined ? url : `${url} at ${endpoint}`
}
