import { type RawData, WebSocket } from 'ws'
import type { SetAlarm } from '../waiting/alarm.ts'
import { Doorbell } from '../waiting/doorbell.ts'
import { isErrno } from '../../schemas/errors.ts'
import { describeFault, refusalOfError, refusalOfStatus } from './source-faults.ts'

const connectMsMax = 10_000
const redirectsMax = 5
const waitingMessagesMax = 1000
const waitingBytesMax = 4 * 1024 * 1024
/** A longer message ends the connection, since it cannot be lines. */
const messageBytesMax = 16 * 1024 * 1024

export type WebSocketConnectionOptions = {
  readonly headers: Readonly<Record<string, string>>
  /** The connection is pinged twice in this time, and ended if nothing is heard in it. */
  readonly idleMsMax: number
  readonly setAlarm: SetAlarm
}

/** A connection that is connecting, then open, then ended; `reason` says why it ended. */
export class WebSocketConnection {
  reason = 'ended the connection'
  /** Why another try would end the same way; undefined if it may not. */
  refusal: string | undefined
  error: Error | undefined
  readonly #socket: WebSocket
  readonly #changed = new Doorbell()
  readonly #options: WebSocketConnectionOptions
  #cancelAlarm = () => {}
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #isEnded = false
  #isAlive = true

  constructor(url: string, options: WebSocketConnectionOptions) {
    this.#options = options
    this.#socket = new WebSocket(url, {
      headers: options.headers,
      handshakeTimeout: connectMsMax,
      followRedirects: true,
      maxRedirects: redirectsMax,
      maxPayload: messageBytesMax,
      // A few compressed bytes may inflate to any number, which the limit does not see.
      perMessageDeflate: false,
      // The verdict rejects broken UTF-8 and keeps its bytes; the connection must not end because of it.
      skipUTF8Validation: true,
    })
    this.#socket.on('message', (data) => this.#take(toBuffer(data)))
    this.#socket.on('ping', () => (this.#isAlive = true))
    this.#socket.on('pong', () => (this.#isAlive = true))
    this.#socket.on('close', () => this.#end())
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('unexpected-response', (_request, { statusCode = 0 }) => {
      this.reason = `answered ${statusCode}`
      this.refusal = statusCode === 200 ? 'answers, but not as a WebSocket' : refusalOfStatus(statusCode)
      this.terminate()
    })
    this.#watch()
  }

  /**
   * Yields the messages that have arrived, until the connection ends. When the signal aborts, the connection ends, and
   * messages that have arrived are still yielded.
   */
  async *messages(signal: AbortSignal): AsyncGenerator<readonly Buffer[]> {
    for (;;) {
      if (signal.aborted) this.terminate()
      if (this.#waiting.length > 0) {
        const taken = this.#waiting
        this.#waiting = []
        this.#waitingBytes = 0
        yield taken
        if (this.#socket.isPaused && !this.#isFull) this.#resume()
      } else if (this.#isEnded) return
      else await this.#changed.wait(signal)
    }
  }

  terminate(): void {
    // Only the first reason is true: ending a socket that is still connecting makes an error of its own.
    this.#end()
    this.#socket.terminate()
  }

  get #isFull(): boolean {
    return this.#waiting.length >= waitingMessagesMax || this.#waitingBytes >= waitingBytesMax
  }

  #take(message: Buffer): void {
    this.#isAlive = true
    this.#waiting.push(message)
    this.#waitingBytes += message.length
    if (this.#isFull) this.#socket.pause()
    this.#changed.ring()
  }

  /** Starts the watch for silence anew, since nothing could be heard while the socket was paused. */
  #resume(): void {
    this.#isAlive = true
    this.#socket.resume()
  }

  #watch(): void {
    this.#cancelAlarm = this.#options.setAlarm(this.#options.idleMsMax / 2, () => {
      this.#checkAlive()
      if (!this.#isEnded) this.#watch()
    })
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

  #fail(error: Error): void {
    if (this.#isEnded) return
    this.error = error
    this.refusal = refusalOfError(error)
    this.reason = isErrno(error, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
      ? `sent a message longer than ${messageBytesMax} bytes`
      : `failed: ${describeFault(error)}`
  }

  #end(): void {
    this.#cancelAlarm()
    this.#isEnded = true
    this.#changed.ring()
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
