import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'

export type Download = {
  readonly client: S3Client
  readonly bucket: string
  readonly fullKey: string
  readonly path: string
  readonly signal: AbortSignal
}

/** Writes all bytes of the object to a file, or throws. A repeat begins the file anew. */
export async function download({ client, bucket, fullKey, path, signal }: Download): Promise<void> {
  const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: fullKey }), {
    abortSignal: signal,
  })
  if (!(Body instanceof Readable)) throw new TypeError('the S3 client answered without a stream')
  const file = createWriteStream(path)
  await pipeline(Body, file, { signal })
  if (file.bytesWritten !== ContentLength) throw new Error(`the answer was aborted after ${file.bytesWritten} bytes`)
}

/**
 * Runs `work` for all items, a few at once. After a failure it begins no more, waits for those that run, and throws the
 * first failure.
 */
export async function forEachAtOnce<T>(
  items: Iterable<T>,
  atOnceMax: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const failures: unknown[] = []
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined && failures.length === 0; item = waiting.shift()) {
      try {
        await action(item)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnceMax }, work))
  if (failures.length > 0) throw failures[0]
}
