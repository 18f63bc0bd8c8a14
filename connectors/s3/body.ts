import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { ObjectBody } from '../../schemas/ports/store.ts'

/** What is put, measured before it is sent. */
export type S3Body = {
  readonly bytes: number
  /** Hexadecimal. The request is signed with it. */
  readonly sha256: string
  /** A new one for each attempt: a stream can be read once. */
  open(): Uint8Array | Readable
}

/** A file is read twice, once for its hash; its bytes never lie in memory as a whole. */
export async function measureBody(body: ObjectBody): Promise<S3Body> {
  if (!('file' in body)) {
    // A copy: the caller may use its buffer again while a put is repeated.
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
