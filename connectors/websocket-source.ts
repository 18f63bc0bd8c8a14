import { type RawData, WebSocket } from 'ws'
import { AppError } from '../schemas/errors.ts'
import { Doorbell } from './doorbell.ts'
import type { LineBatch, LineSource, SourceOptions } from './line-source.ts'
import { streamStart } from './ndjson-stream.ts'
import { Patience } from './patience.ts'
import { type LineEnd, LineSplitter } from '../schemas/split-lines.ts'

export type WebSocketSourceOptions = SourceOptions & {
  /** A connection on which nothing is heard for so long, not even the answer to a ping, is given up, and made again. */
  readonly idleMsMax?: number
}

const idleMsMaxDefault = 30_000
const connectMsMax = 10_000
const waitingMessagesMax = 1000
/** Beyond it the connection ends: what is longer cannot be lines. */
const messageBytesMax = 64 * 1024 * 1024

/**
 * Lines over a WebSocket: each message holds one or more, and ends the last. It cannot resume: what was sent while nobody
 * was connected is lost. A connection that ends or breaks is made again, for as long as the signal allows.
 */
export function openWebSocketSource(url: string, options: WebSocketSourceOptions): LineSource {
  return { name: url, read: (_position, signal) => readUrl(url, { ...options, signal }) }
}

type Reading = WebSocketSourceOptions & { readonly signal: AbortSignal }

async function* readUrl(
  url: string,
  { signal, lineBytesMax, idleMsMax = idleMsMaxDefault, onRetry = () => {} }: Reading,
): AsyncGenerator<LineBatch> {
  const patience = new Patience(onRetry, signal)
  let after: LineEnd = streamStart
  while (!signal.aborted) {
    const connection = new Connection(url, idleMsMax)
    try {
      for await (const messages of connection.messages(signal)) {
        patience.reset()
        const splitter = new LineSplitter({ lineBytesMax, after })
        const results = messages.flatMap((message) => [splitter.push(message), splitter.end()])
        after = splitter.last
        yield {
          lines: results.flatMap(({ lines }) => lines),
          tooLong: results.flatMap(({ tooLong }) => tooLong),
          last: after,
          origin: url,
          positionAfter: () => null,
        }
      }
    } finally {
      connection.terminate()
    }
    if (signal.aborted) return
    if (connection.refusal !== undefined)
      throw new AppError('SOURCE_FAILED', `${url} refuses the connection with ${connection.refusal}.`)
    await patience.wait(`${url} ${connection.reason}; connecting again`)
  }
}

/** connecting -> open -> ended; `reason` says why. */
class Connection {
  reason = 'ended the connection'
  /** The status of an answer that waiting would not change. */
  refusal: number | undefined
  readonly #socket: WebSocket
  readonly #changed = new Doorbell()
  readonly #watch: NodeJS.Timeout
  #waiting: Buffer[] = []
  #isEnded = false
  #isAlive = true

  constructor(url: string, idleMsMax: number) {
    // Broken UTF-8 is for the dataset's contract to reject, with its bytes kept; it is no reason to lose the connection.
    const options = { handshakeTimeout: connectMsMax, maxPayload: messageBytesMax, skipUTF8Validation: true }
    this.#socket = new WebSocket(url, options)
    this.#socket.on('message', (data) => this.#take(toBuffer(data)))
    this.#socket.on('pong', () => (this.#isAlive = true))
    this.#socket.on('close', () => this.#end())
    this.#socket.on('error', (error) => (this.reason = `failed: ${error.message}`))
    this.#socket.on('unexpected-response', (_request, { statusCode = 0 }) => {
      this.reason = `answered ${statusCode}`
      if (statusCode >= 400 && statusCode < 500 && statusCode !== 408 && statusCode !== 429) this.refusal = statusCode
      this.terminate()
    })
    this.#watch = setInterval(() => this.#checkAlive(), idleMsMax / 2)
  }

  /** All that has arrived, until the connection ends. */
  async *messages(signal: AbortSignal): AsyncGenerator<readonly Buffer[]> {
    while (!signal.aborted) {
      if (this.#waiting.length > 0) {
        const taken = this.#waiting
        this.#waiting = []
        yield taken
        if (this.#waiting.length < waitingMessagesMax) this.#socket.resume()
      } else if (this.#isEnded) return
      else await this.#changed.wait(signal)
    }
  }

  terminate(): void {
    this.#socket.terminate()
    this.#end()
  }

  #take(message: Buffer): void {
    this.#isAlive = true
    this.#waiting.push(message)
    if (this.#waiting.length >= waitingMessagesMax) this.#socket.pause()
    this.#changed.ring()
  }

  #checkAlive(): void {
    if (this.#socket.readyState !== WebSocket.OPEN || this.#socket.isPaused) return
    if (!this.#isAlive) {
      this.reason = 'has fallen silent'
      return this.terminate()
    }
    this.#isAlive = false
    this.#socket.ping()
  }

  #end(): void {
    clearInterval(this.#watch)
    this.#isEnded = true
    this.#changed.ring()
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
