import { z } from 'zod'
import { AppError } from '../schemas/errors.ts'
import { gunzipChunks } from './gunzip-chunks.ts'
import type { LineBatch, LineSource, SourceOptions } from './line-source.ts'
import { type NdjsonBatch, readNdjson, streamStart } from './ndjson-stream.ts'
import { Patience } from './patience.ts'
import type { LineEnd } from '../schemas/split-lines.ts'

export type HttpSourceOptions = SourceOptions & {
  /** A connection that is silent for longer is given up, and made again. */
  readonly idleMsMax?: number
}

const idleMsMaxDefault = 60_000
const worthRepeating = new Set([408, 425, 429])

const HttpPosition = z.object({ number: z.int(), endByte: z.int(), version: z.string() })
type Position = z.infer<typeof HttpPosition>

/**
 * Lines over HTTP. An answer of a known length is a file: it is read once, to its end, and resumed by byte as long as the
 * server says that it is the same version. Any other answer is a stream: when it ends or breaks it is asked for again, for as
 * long as the signal allows, and what was cut off with it is dropped.
 */
export function openHttpSource(url: string, options: HttpSourceOptions): LineSource {
  return { name: url, read: (position, signal) => readUrl(url, { ...options, position, signal }) }
}

type Reading = HttpSourceOptions & { readonly position: string | null; readonly signal: AbortSignal }

async function* readUrl(url: string, { position, signal, ...options }: Reading): AsyncGenerator<LineBatch> {
  const patience = new Patience(options.onRetry ?? (() => {}), signal)
  let reached: Position = position === null ? { ...streamStart, version: '' } : HttpPosition.parse(JSON.parse(position))
  while (!signal.aborted) {
    const stop = new AbortController()
    try {
      const { body, version } = await request(url, AbortSignal.any([signal, stop.signal]))
      const isSame = version !== null && version === reached.version
      const after = isSame || version === null ? reached : streamStart
      const chunks = gunzipChunks(failWhenIdle(body, options.idleMsMax ?? idleMsMaxDefault, stop))
      for await (const batch of readNdjson(chunks, { ...options, after, skipBytes: isSame ? after.endByte : 0 })) {
        patience.reset()
        reached = { ...batch.last, version: version ?? '' }
        yield toLineBatch(batch, url, version)
      }
      if (version !== null) return
      await patience.wait(`${url} ended its stream; asking again`)
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof AppError) throw error
      await patience.wait(`${url} cannot be read: ${error instanceof Error ? describe(error) : String(error)}`)
    } finally {
      stop.abort()
    }
  }
}

function toLineBatch(batch: NdjsonBatch, origin: string, version: string | null): LineBatch {
  const positionAfter = ({ number, endByte }: LineEnd) =>
    version === null ? null : JSON.stringify({ number, endByte, version } satisfies Position)
  return { ...batch, origin, positionAfter }
}

async function request(
  url: string,
  signal: AbortSignal,
): Promise<{ body: AsyncIterable<Uint8Array>; version: string | null }> {
  const { status, body, headers } = await fetch(url, {
    signal,
    headers: { accept: 'application/x-ndjson, application/json, */*' },
  })
  if (status >= 400 && status < 500 && !worthRepeating.has(status)) {
    throw new AppError('SOURCE_FAILED', `${url} answered ${status}: there is nothing to read.`)
  }
  if (status !== 200 || body === null) throw new Error(`it answered ${status}`)
  const length = headers.get('content-length')
  const version = length === null ? null : [length, headers.get('etag'), headers.get('last-modified')].join(' ')
  return { body, version }
}

/** Only the time it takes to get a chunk counts, not the time until one is asked for. */
async function* failWhenIdle(
  chunks: AsyncIterable<Uint8Array>,
  idleMsMax: number,
  stop: AbortController,
): AsyncGenerator<Uint8Array> {
  const fail = () => stop.abort(new Error(`silent for ${idleMsMax} ms`))
  let timer = setTimeout(fail, idleMsMax)
  try {
    for await (const chunk of chunks) {
      clearTimeout(timer)
      yield chunk
      timer = setTimeout(fail, idleMsMax)
    }
  } finally {
    clearTimeout(timer)
  }
}

/** fetch hides why it failed in the cause. */
function describe(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
