import { createHash } from 'node:crypto'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { S3Body } from './s3-body.ts'
import { isTransient, statusOf } from './s3-errors.ts'

export type S3Put = {
  readonly client: S3Client
  readonly bucket: string
  readonly fullKey: string
  readonly body: S3Body
  readonly metadata: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Kept with each object, to know one's own put again. */
const hashName = 'sha256'

/**
 * One attempt per call, all for the same put. After an attempt whose outcome is unknown, the next one first reads what is
 * there; and a store that then says "exists" may mean that very attempt.
 */
export function createPut(put: S3Put): () => Promise<'created' | 'exists'> {
  let isUnknown = false
  return async () => {
    if (isUnknown) {
      const outcome = await settle(put)
      if (outcome !== null) return outcome
    }
    try {
      await send(put)
      return 'created'
    } catch (error) {
      if (statusOf(error) === 412) return (isUnknown ? await settle(put) : null) ?? 'exists'
      isUnknown ||= isTransient(error)
      throw error
    }
  }
}

async function send({ client, bucket, fullKey, body, metadata, signal }: S3Put): Promise<void> {
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: fullKey,
    IfNoneMatch: '*',
    Body: body.open(),
    ContentLength: body.bytes,
    Metadata: { ...metadata, [hashName]: body.sha256 },
  })
  // Signed with its hash, a stream too: the store refuses what was damaged on the way, by the part of the protocol that every store has.
  command.middlewareStack.add(
    (next) => (args) => {
      if (hasHeaders(args.request)) args.request.headers['x-amz-content-sha256'] = body.sha256
      return next(args)
    },
    { step: 'build', name: 'signedBody' },
  )
  await client.send(command, { abortSignal: signal })
}

/** `created` where the same bytes are there, `exists` where others are, null where there are none. */
async function settle({ client, bucket, fullKey, body, signal }: S3Put): Promise<'created' | 'exists' | null> {
  const there = { Bucket: bucket, Key: fullKey }
  try {
    const { ContentLength, Metadata } = await client.send(new HeadObjectCommand(there), { abortSignal: signal })
    if (ContentLength !== body.bytes) return 'exists'
    const sha256 = Metadata?.[hashName] ?? (await hashOf(client, there, signal))
    return sha256 === body.sha256 ? 'created' : 'exists'
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
