import type { Readable } from 'node:stream'
import { type Gunzip, createGunzip } from 'node:zlib'
import { AppError } from '../../schemas/errors.ts'

/** What a `Content-Encoding` may be where bodies are unpacked, besides none and `identity`. */
export const packings = ['gzip', 'x-gzip'] as const

const chunkBytes = 64 * 1024

export type IncomingBody = {
  /** To be read once. Nothing is taken of the connection before. */
  readonly stream: AsyncIterable<Buffer>
  /** Reads no more of it; what is still sent is let pass by, so that the answer arrives. */
  readonly discard: () => void
}

/** The body as it is sent. */
export function plainBody(body: Readable): IncomingBody {
  return { stream: read(body), discard: () => body.resume() }
}

/** The body unpacked as it is read: of a small one that unpacks to a large one no more is unpacked than is read. */
export function unpackedBody(packed: Readable): IncomingBody {
  const unpack = createGunzip({ chunkSize: chunkBytes })
  const discard = () => {
    packed.unpipe(unpack)
    unpack.destroy()
    packed.resume()
  }
  return { stream: readUnpacked(packed, unpack), discard }
}

async function* readUnpacked(packed: Readable, unpack: Gunzip): AsyncGenerator<Buffer> {
  // Not a pipeline: it would end the connection at the first byte that is damaged, and nobody could be told.
  packed.once('error', (error) => unpack.destroy(error))
  packed.pipe(unpack)
  try {
    yield* read(unpack)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error
    const message = `body: its gzip data is damaged or cut off (${error.message}). Nothing was taken.`
    throw new AppError('REQUEST_INVALID', message, { cause: error })
  }
}

async function* read(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream.iterator({ destroyOnReturn: false }))
    yield chunk instanceof Buffer ? chunk : Buffer.from(chunk)
}
