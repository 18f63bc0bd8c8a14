import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES, createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { AppError, isErrno } from '../../schemas/errors.ts'
import { type SetAlarm, systemAlarm } from '../waiting/alarm.ts'
import { foreignPage } from './foreign-page.ts'
import { type Clock, systemClock } from '../waiting/pace.ts'
import type { Recording } from './recording.ts'
import { type ReplayListener, listenByHttp, listenByWebSocket } from './listener.ts'
import { ReplayTimeline } from './timeline.ts'

export type ReplayServerOptions = {
  readonly recording: Recording
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** The path of the stream. */
  readonly path: string
  /** Host names, besides IP addresses and localhost, that requests may use. */
  readonly allowedHosts: readonly string[]
  /** The parameter of the address with epoch milliseconds: lines that came since then are sent first. */
  readonly sinceParameter: string
  /** All connections are dropped each time this many new lines were sent. */
  readonly dropEvery?: number
  readonly clock?: Clock
  readonly setAlarm?: SetAlarm
  readonly onChange?: (change: string, facts: Readonly<Record<string, unknown>>) => void
}

export type ReplayServer = {
  readonly port: number
  /** Lines that were sent to at least one listener; repeats do not count. */
  readonly sentCount: number
  dropAll(): number
  /** May be called twice. */
  close(): Promise<void>
}

export const dropPath = '/drop'

const beatEveryMs = 15_000

/**
 * Serves a recording as a live stream, which plays once for all listeners, over HTTP as chunked NDJSON and over
 * WebSocket. Connections stay open when the recording is over. A silent connection gets signs of life.
 */
export async function openReplayServer(options: ReplayServerOptions): Promise<ReplayServer> {
  const play = new Play(options)
  const server = createServer((request, response) => answer(request, response, { play, options }))
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    const asked = parseRequest(request, options)
    const refusal = foreignPage(request, options.allowedHosts) ?? streamFault(asked, options)
    if (refusal !== null) {
      const { status, text } = refusal
      socket.on('error', () => socket.destroy())
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n${text}\n`,
        () => socket.destroy(),
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => play.start(listenByWebSocket(client), asked.since))
  })
  const port = await listen(server, options)
  const setAlarm = options.setAlarm ?? systemAlarm
  let cancelBeat = () => {}
  const beatOn = () => {
    cancelBeat = setAlarm(beatEveryMs, () => {
      play.beat()
      beatOn()
    })
  }
  beatOn()
  return {
    port,
    get sentCount() {
      return play.sentCount
    },
    dropAll: () => play.dropAll(),
    async close() {
      cancelBeat()
      play.dropAll()
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

class Play {
  sentCount = 0
  readonly #options: ReplayServerOptions
  readonly #timeline: ReplayTimeline
  readonly #listeners = new Map<ReplayListener, number>()

  constructor(options: ReplayServerOptions) {
    this.#options = options
    this.#timeline = new ReplayTimeline(options.recording, options.clock ?? systemClock)
  }

  start(listener: ReplayListener, since: number | undefined): void {
    const first = this.#timeline.join(since)
    this.#listeners.set(listener, first)
    this.#options.onChange?.('connected', { form: listener.form, first_line: first + 1 })
    listener.signal.addEventListener('abort', () => {
      this.#listeners.delete(listener)
      this.#options.onChange?.('disconnected', { form: listener.form })
    })
    void this.#send(listener, first)
  }

  beat(): void {
    for (const listener of this.#listeners.keys()) listener.beat()
  }

  dropAll(): number {
    const { size } = this.#listeners
    for (const [listener, next] of this.#listeners) listener.drop(this.#options.recording.lines[next])
    return size
  }

  async #send(listener: ReplayListener, first: number): Promise<void> {
    const { lines } = this.#options.recording
    for (const [index, line] of lines.entries()) {
      if (index < first) continue
      await this.#timeline.untilDue(index, listener.signal)
      if (listener.signal.aborted) return
      await listener.send(line)
      if (listener.signal.aborted) return
      this.#listeners.set(listener, index + 1)
      if (this.#countSent(index + 1)) this.dropAll()
    }
  }

  /**
   * Returns true when it is time to drop. Repeats do not count, so a listener that comes back gets further each time.
   */
  #countSent(count: number): boolean {
    if (count <= this.sentCount) return false
    this.sentCount = count
    return this.#options.dropEvery !== undefined && count % this.#options.dropEvery === 0
  }
}

type Answering = { readonly play: Play; readonly options: ReplayServerOptions }

function answer(request: IncomingMessage, response: ServerResponse, { play, options }: Answering): void {
  const foreign = foreignPage(request, options.allowedHosts)
  if (foreign !== null) return end(response, foreign)
  const asked = parseRequest(request, options)
  if (asked.path === dropPath) {
    if (request.method !== 'POST')
      return end(response, { status: 405, text: `POST ${dropPath} drops every connection` })
    return end(response, { status: 200, text: `dropped ${play.dropAll()}` })
  }
  if (asked.isStream && request.method !== 'GET') return end(response, { status: 405, text: `GET ${options.path}` })
  const fault = streamFault(asked, options)
  if (fault !== null) return end(response, fault)
  play.start(listenByHttp(response), asked.since)
}

type Refusal = { readonly status: number; readonly text: string }

function streamFault(
  { isStream, isWrong }: ReturnType<typeof parseRequest>,
  { path, sinceParameter }: ReplayServerOptions,
): Refusal | null {
  if (!isStream) return { status: 404, text: `the stream is at ${path}` }
  return isWrong ? { status: 400, text: `${sinceParameter} takes a time in epoch milliseconds` } : null
}

function end(response: ServerResponse, { status, text }: Refusal): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`)
}

function parseRequest({ url = '/' }: IncomingMessage, { path, sinceParameter }: ReplayServerOptions) {
  const [asked = '', query] = url.split('?', 2)
  const since = new URLSearchParams(query).get(sinceParameter) ?? ''
  return {
    path: asked,
    isStream: asked === path,
    isWrong: !/^\d*$/.test(since),
    since: since === '' ? undefined : Number(since),
  }
}

async function listen(server: Server, { host, port }: Pick<ReplayServerOptions, 'host' | 'port'>): Promise<number> {
  try {
    await once(server.listen(port, host), 'listening')
  } catch (cause) {
    const advice = isErrno(cause, 'EADDRINUSE')
      ? 'another process listens there: end it, or choose another --port (0 picks a free one)'
      : 'choose another --host or --port'
    throw new AppError('LISTEN_FAILED', `${host}:${port} cannot be listened on: ${advice}`, { cause })
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a server that listens has a port')
  return address.port
}
