import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { ObjectBody } from '../../schemas/ports/store.ts'

/** The body of a put, measured before it is sent. */
export type S3Body = {
  readonly bytes: number
  /** In hexadecimal. It signs the request. */
  readonly sha256: string
  /** Opens the body anew for each attempt, since a stream can be read only once. */
  open(): Uint8Array | Readable
}

/** Reads a file once for its hash; sending reads it again. It is never in memory as a whole. */
export async function measureBody(body: ObjectBody): Promise<S3Body> {
  if (!('file' in body)) {
    // Copy it, because the caller may reuse its buffer while the put is repeated.
    const copy = new Uint8Array(body)
    return { bytes: copy.length, sha256: createHash('sha256').update(copy).digest('hex'), open: () => copy }
  }
  const { file } = body
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex'), open: () => createReadStream(file) }
}
