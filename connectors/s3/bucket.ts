import { CreateBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3'
import { describeS3, openS3Client, type S3StoreOptions } from './client.ts'
import { statusOf } from './errors.ts'
import { retried, retryPolicyDefault } from './retry.ts'

/** Creates the bucket if it is missing. Several processes may call it at once. */
export async function ensureBucket(options: S3StoreOptions): Promise<'created' | 'exists'> {
  const client = openS3Client(options)
  const bucket = { Bucket: options.bucket }
  const retrying = {
    where: describeS3(options),
    policy: options.retry ?? retryPolicyDefault,
    onRetry: options.onRetry ?? (() => {}),
    signal: new AbortController().signal,
  }
  try {
    return await retried(retrying, 'look for the bucket', async () => {
      try {
        await client.send(new HeadBucketCommand(bucket))
        return 'exists'
      } catch (error) {
        if (statusOf(error) !== 404) throw error
      }
      try {
        await client.send(new CreateBucketCommand(bucket))
        return 'created'
      } catch (error) {
        if (error instanceof Error && error.name === 'BucketAlreadyOwnedByYou') return 'exists'
        throw error
      }
    })
  } finally {
    client.destroy()
  }
}
