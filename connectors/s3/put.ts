import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { S3Body } from './body.ts'
import { isTransient, statusOf } from './errors.ts'

export type S3Put = {
  readonly client: S3Client
  readonly bucket: string
  readonly fullKey: string
  readonly body: S3Body
  readonly metadata: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Metadata by which a put recognises its own object. */
const putIdName = 'tidemark-put'

/**
 * Returns a function that makes one attempt of the put per call. After an attempt with an unknown outcome, the next one
 * first reads the object. A store that then says "exists" may mean the object of the earlier attempt.
 */
export function createPut(put: S3Put): () => Promise<'created' | 'exists'> {
  const putId = randomUUID()
  let isUnknown = false
  return async () => {
    if (isUnknown) {
      const outcome = await settle(put, putId)
      if (outcome !== null) return outcome
    }
    try {
      await send(put, putId)
      return 'created'
    } catch (error) {
      if (statusOf(error) === 412) return (isUnknown ? await settle(put, putId) : null) ?? 'exists'
      isUnknown ||= isTransient(error)
      throw error
    }
  }
}

async function send({ client, bucket, fullKey, body, metadata, signal }: S3Put, putId: string): Promise<void> {
  const content = body.open()
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: fullKey,
    IfNoneMatch: '*',
    Body: content,
    ContentLength: body.bytes,
    Metadata: { ...metadata, [putIdName]: putId },
  })
  // Signs the body's hash, also for a stream, so that every store refuses a body that was damaged on the way.
  command.middlewareStack.add(
    (next) => (args) => {
      if (hasHeaders(args.request)) args.request.headers['x-amz-content-sha256'] = body.sha256
      return next(args)
    },
    { step: 'build', name: 'signedBody' },
  )
  try {
    await client.send(command, { abortSignal: signal })
  } finally {
    // If the store refuses before it takes the body, the file is still open.
    if (content instanceof Readable) content.destroy()
  }
}

/**
 * Reads the object: `created` if this put made it, `exists` if another did, null if there is none. If the object does
 * not say which put made it, its bytes decide.
 */
async function settle(
  { client, bucket, fullKey, body, signal }: S3Put,
  putId: string,
): Promise<'created' | 'exists' | null> {
  const there = { Bucket: bucket, Key: fullKey }
  try {
    const { Metadata } = await client.send(new HeadObjectCommand(there), { abortSignal: signal })
    const foundId = Metadata?.[putIdName]
    const isOwn = foundId === undefined ? (await hashOf(client, there, signal)) === body.sha256 : foundId === putId
    return isOwn ? 'created' : 'exists'
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

async function hashOf(
  client: S3Client,
  there: { Bucket: string; Key: string },
  abortSignal: AbortSignal,
): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand(there), { abortSignal })
  return createHash('sha256')
    .update((await Body?.transformToByteArray()) ?? '')
    .digest('hex')
}

function hasHeaders(request: unknown): request is { readonly headers: Record<string, string> } {
  return typeof request === 'object' && request !== null && 'headers' in request
}
