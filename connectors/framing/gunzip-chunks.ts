import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '../../schemas/errors.ts'

const gzipMagic = [0x1f, 0x8b] as const

export function isGzip(head: Uint8Array): boolean {
  return gzipMagic.every((byte, i) => head[i] === byte)
}

/** Unzips an input that begins as gzip does, whatever its name is; passes on any other as it is. */
export async function* gunzipChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < gzipMagic.length) {
    const next = await iterator.next()
    if (next.done === true) break
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value])
  }
  const whole = joined(head, iterator)
  if (!isGzip(head)) {
    yield* whole
    return
  }
  const unzip = createGunzip({ chunkSize: 256 * 1024 })
  // The reader of `unzip` sees every error of the pipeline.
  pipeline(Readable.from(whole), unzip, () => {})
  try {
    yield* unzip
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error
    throw new AppError('SOURCE_FAILED', `The gzip data is damaged: ${error.message}.`, { cause: error })
  }
}

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
