import { Readable } from 'node:stream'
import { GetObjectCommand, ListObjectsV2Command, type S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { AppError } from '../../schemas/errors.ts'
import { bucketNameRule, isBucketName } from '../s3/bucket-name.ts'
import { gunzipChunks } from '../framing/gunzip-chunks.ts'
import type { EventEnd, LineBatch } from '../framing/line-batch.ts'
import type { LineSource, SourceOptions } from './line-source.ts'
import { streamStart } from '../framing/ndjson-stream.ts'
import { Patience } from '../waiting/patience.ts'
import { readEvents } from '../framing/read-events.ts'
import { openS3Client } from '../s3/client.ts'
import { isTransient, messageOf } from '../s3/errors.ts'
import { frames } from '../framing/split-documents.ts'

export type S3SourceOptions = SourceOptions & {
  /** The address of a store that is not AWS's own. */
  readonly endpoint?: string
  readonly clientConfig?: S3ClientConfig
}

const S3Position = z.object({
  key: z.string(),
  version: z.string(),
  number: z.int(),
  endByte: z.int(),
  frame: z.enum(frames).optional(),
  isDone: z.boolean(),
})
type Position = z.infer<typeof S3Position>

type Reading = {
  readonly client: S3Client
  readonly bucket: string
  readonly prefix: string
  readonly lineBytesMax: number
  readonly signal: AbortSignal
  readonly patience: Patience
}

/**
 * The objects under `s3://bucket/prefix`, gzipped or not, in the order of their keys, up to the last key. It resumes at
 * an object and byte: the next run reads objects whose keys come after the last one, and never those that were added
 * before it.
 */
export function openS3Source(url: string, { lineBytesMax, onRetry = () => {}, ...of }: S3SourceOptions): LineSource {
  const { bucket, prefix } = parseUrl(url)
  return {
    name: url,
    async *read(position, signal) {
      const client = openS3Client(of)
      const reading = { client, bucket, prefix, lineBytesMax, signal, patience: new Patience(onRetry, signal) }
      try {
        yield* readObjects(reading, position === null ? null : S3Position.parse(JSON.parse(position)))
      } catch (error) {
        if (signal.aborted) return
        throw error instanceof AppError
          ? error
          : new AppError('SOURCE_FAILED', `${url} cannot be read: ${messageOf(error)}`, { cause: error })
      } finally {
        client.destroy()
      }
    },
  }
}

async function* readObjects(reading: Reading, position: Position | null): AsyncGenerator<LineBatch> {
  const { signal } = reading
  if (position !== null && !position.isDone) yield* readObject(reading, position)
  let after = position?.key
  while (!signal.aborted) {
    const keys = await listKeys(reading, after)
    if (keys.length === 0) return
    for (const key of keys) {
      after = key
      // A key that ends with `/` stands for a folder, and its object is empty.
      if (!key.endsWith('/')) yield* readObject(reading, { key, version: '', ...streamStart, isDone: false })
      if (signal.aborted) return
    }
  }
}

/** If the connection breaks, reading goes on from that byte. An object that was replaced meanwhile is refused. */
async function* readObject(reading: Reading, from: Position): AsyncGenerator<LineBatch> {
  const { lineBytesMax, signal, patience } = reading
  const origin = `s3://${reading.bucket}/${from.key}`
  let reached = from
  while (!signal.aborted) {
    const { body, version } = await openObject(reading, from.key)
    if (version !== reached.version && reached !== from)
      throw new AppError('SOURCE_FAILED', `${origin} was replaced while it was read. Start again.`)
    const after = version === reached.version ? reached : streamStart
    try {
      const options = { eventBytesMax: lineBytesMax, after, skipBytes: after.endByte }
      for await (const batch of readEvents(gunzipChunks(body), options)) {
        const { last, isEnd } = batch
        const at = ({ number, endByte, frame }: EventEnd): Position => ({
          key: from.key,
          version,
          number,
          endByte,
          frame,
          isDone: isEnd && endByte === last.endByte,
        })
        patience.reset()
        reached = at(last)
        yield { ...batch, origin, positionAfter: (line) => JSON.stringify(at(line)) }
      }
      return
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error
      await patience.wait(`${origin} broke off: ${messageOf(error)}`)
    }
  }
}

async function openObject(reading: Reading, key: string): Promise<{ body: Readable; version: string }> {
  const command = new GetObjectCommand({ Bucket: reading.bucket, Key: key })
  const { Body, ETag, ContentLength, LastModified } = await untilAnswered(reading, key, () =>
    reading.client.send(command, { abortSignal: reading.signal }),
  )
  if (!(Body instanceof Readable)) throw new TypeError('the S3 client answered without a stream')
  return { body: Body, version: [ETag, ContentLength, LastModified?.getTime()].join(' ') }
}

/** The next page of keys; empty after the last. */
async function listKeys(reading: Reading, after: string | undefined): Promise<string[]> {
  const { client, bucket, prefix, signal } = reading
  const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: after })
  const { Contents = [] } = await untilAnswered(reading, prefix, () => client.send(command, { abortSignal: signal }))
  return Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key]))
}

function untilAnswered<T>({ bucket, patience }: Reading, key: string, ask: () => Promise<T>): Promise<T> {
  return patience.outlast(ask, (error) =>
    isTransient(error) ? `s3://${bucket}/${key} does not answer: ${messageOf(error)}` : null,
  )
}

function parseUrl(url: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(url) ?? []
  if (bucket === undefined) throw new AppError('USAGE', `${url}: write s3://bucket/prefix`)
  if (!isBucketName(bucket)) throw new AppError('USAGE', `${url}: a bucket's name is ${bucketNameRule}`)
  return { bucket, prefix }
}
