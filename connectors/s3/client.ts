import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

export type S3StoreOptions = {
  readonly bucket: string
  /** Put before every key, so that several stores share a bucket: `prod/`. */
  readonly prefix?: string
  /** Of a store that is not AWS's own. Where it is not set, the SDK's own variables and files decide, as for the rest. */
  readonly endpoint?: string
  /** Where `withFiles` keeps and lends its copies. */
  readonly cacheFolder: string
  readonly cacheBytesMax?: number
  /** Called before each wait for a store that does not answer, with a sentence for people. */
  readonly onRetry?: (message: string) => void
  readonly retry?: RetryPolicy
  readonly clientConfig?: S3ClientConfig
}

export type RetryPolicy = { readonly attemptsMax: number; readonly delayMsMax: number }

const connectWithinMs = 5_000
const idleMsMax = 30_000
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * A client that other stores than AWS's understand: the bucket in the path, and no checksum headers beyond those that an
 * operation requires. It never repeats a request by itself: whoever repeats a put must know that one went before.
 */
export function openS3Client({ endpoint, clientConfig }: Pick<S3StoreOptions, 'endpoint' | 'clientConfig'>): S3Client {
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    // What fails is thrown; the SDK would also warn on the console of every lost race.
    logger: silent,
    requestHandler: { connectionTimeout: connectWithinMs, socketTimeout: idleMsMax },
    ...clientConfig,
  })
}

/** For messages. */
export function describeS3({ bucket, prefix = '', endpoint }: S3StoreOptions): string {
  const url = `s3://${bucket}/${prefix}`.replace(/\/$/, '')
  return endpoint === undefined ? url : `${url} at ${endpoint}`
}
