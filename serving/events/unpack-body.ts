import type { Readable } from 'node:stream'
import { type Gunzip, createGunzip } from 'node:zlib'
import { AppError } from '../../schemas/errors.ts'

/** Values of `Content-Encoding` that are taken where bodies are unpacked, besides none and `identity`. */
export const packings = ['gzip', 'x-gzip'] as const

const chunkBytes = 64 * 1024

export type IncomingBody = {
  /** The bytes of the body. It can be read once; the connection is not read before. */
  readonly stream: AsyncIterable<Buffer>
  /**
   * Ends reading. The rest that the client sends is dropped, so that the client can finish sending and read the answer.
   */
  readonly discard: () => void
}

/** Returns the body as it was sent. */
export function plainBody(body: Readable): IncomingBody {
  return { stream: read(body), discard: () => body.resume() }
}

/**
 * Unpacks the body while it is read. It unpacks no more than is read, so a small body that unpacks to a huge one takes
 * no memory.
 */
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
  // Not a pipeline: a pipeline would end the connection at the first damaged byte, and the client would get no answer.
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
