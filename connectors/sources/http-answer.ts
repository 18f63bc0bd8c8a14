import { AppError } from '../../schemas/errors.ts'
import type { SetAlarm } from '../waiting/alarm.ts'
import { gunzipChunks } from '../framing/gunzip-chunks.ts'
import { refusalOfStatus } from './source-faults.ts'

export type HttpAnswer = {
  /** Unzipped. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** The version of a file, as the server gives it; null if it gives none, as for a stream. */
  readonly version: string | null
}

export type HttpRequest = {
  readonly url: string
  /** The source, for messages. */
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  /** Ends the request and its answer. */
  readonly stop: AbortController
  readonly signal: AbortSignal
  /** The answer and each of its chunks must come within this time. */
  readonly idleMsMax: number
  readonly setAlarm: SetAlarm
}

/** A stream without a newline in this many bytes does not consist of lines. */
const endlessBytesMax = 64 * 1024 * 1024
const newline = 0x0a

/** Asks for lines. Throws SOURCE_FAILED if none will ever come, and other errors if another try may help. */
export async function requestLines(request: HttpRequest): Promise<HttpAnswer> {
  const { url, name, stop, headers } = request
  const signal = AbortSignal.any([request.signal, stop.signal])
  const answer = await inTime(request, () =>
    fetch(url, { signal, headers: { accept: 'application/x-ndjson, application/json, */*', ...headers } }),
  )
  if (answer.status !== 200 || answer.body === null) {
    const refusal = refusalOfStatus(answer.status)
    if (refusal !== undefined) throw new AppError('SOURCE_FAILED', `${name} ${refusal}.`)
    throw new Error(`it answered ${answer.status}`)
  }
  const facts = ['content-length', 'etag', 'last-modified'].map((name) => answer.headers.get(name))
  const isPage = answer.headers.get('content-type')?.startsWith('text/html') === true
  const body = gunzipChunks(failWhenIdle(answer.body, request))
  const chunks = isPage ? refusePage(body, name) : body
  return facts.every((fact) => fact === null)
    ? { chunks: refuseEndlessLine(chunks, name), version: null }
    : { chunks, version: facts.join(' ') }
}

async function inTime<T>(
  { stop, idleMsMax, setAlarm }: Pick<HttpRequest, 'stop' | 'idleMsMax' | 'setAlarm'>,
  act: () => Promise<T>,
): Promise<T> {
  const cancel = setAlarm(idleMsMax, () => stop.abort(new Error(`silent for ${idleMsMax} ms`)))
  try {
    return await act()
  } finally {
    cancel()
  }
}

/** Counts the time until a chunk comes, not the time until the reader asks for one. */
async function* failWhenIdle(chunks: AsyncIterable<Uint8Array>, request: HttpRequest): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const next = () => inTime(request, () => iterator.next())
  try {
    for (let chunk = await next(); chunk.done !== true; chunk = await next()) yield chunk.value
  } finally {
    await iterator.return?.()
  }
}

/**
 * Servers send many things as text/html. If the answer also begins like a page, it is one: of a login, or of a mistyped
 * address.
 */
async function* refusePage(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let isFirst = true
  for await (const chunk of chunks) {
    if (isFirst && /^\s*</.test(Buffer.from(chunk.subarray(0, 100)).toString('latin1')))
      throw new AppError('SOURCE_FAILED', `${name} answers with a web page, not with events: is it the right address?`)
    isFirst = false
    yield chunk
  }
}

async function* refuseEndlessLine(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes = chunk.includes(newline) ? 0 : bytes + chunk.length
    if (bytes > endlessBytesMax)
      throw new AppError('SOURCE_FAILED', `${name} has sent ${endlessBytesMax} bytes without the end of a line.`)
    yield chunk
  }
}
