import { isUtf8 } from 'node:buffer'
import type { ServerResponse } from 'node:http'
import { WebSocket } from 'ws'

/** A connection that a recording is sent to. */
export type ReplayListener = {
  readonly form: 'http' | 'websocket'
  /** Aborts when the connection is closed. */
  readonly signal: AbortSignal
  /**
   * Resolves once the line is written to the connection, so that nothing piles up; also if the connection is closed.
   */
  send(line: Uint8Array): Promise<void>
  /** Sends a sign of life while there is no line to send. */
  beat(): void
  /** Ends the connection as a broken network does: within the line, if the protocol allows. */
  drop(within: Uint8Array | undefined): void
}

const newline = Buffer.from('\n')

/** Sends chunked NDJSON. */
export function listenByHttp(response: ServerResponse): ReplayListener {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  // The event `close` follows every error, and is enough.
  response.on('error', () => {})
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' }).flushHeaders()
  return {
    form: 'http',
    signal: gone.signal,
    send: (line) => settled(gone.signal, (done) => response.write(Buffer.concat([line, newline]), done)),
    beat: () => response.write(newline),
    drop: (within = newline) => {
      gone.abort()
      if (response.writableNeedDrain) response.destroy()
      else response.write(within.subarray(0, within.length / 2), () => response.destroy())
    },
  }
}

/** Sends a message for each line, as text if it is UTF-8. Messages arrive whole or not at all. */
export function listenByWebSocket(socket: WebSocket): ReplayListener {
  const gone = new AbortController()
  socket.on('close', () => gone.abort())
  // As for HTTP: `close` follows.
  socket.on('error', () => {})
  return {
    form: 'websocket',
    signal: gone.signal,
    send: (line) => settled(gone.signal, (done) => socket.send(line, { binary: !isUtf8(line) }, done)),
    beat: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping()
    },
    drop: () => {
      gone.abort()
      socket.terminate()
    },
  }
}

/** Resolves when `act` calls back, or when the signal aborts. */
function settled(signal: AbortSignal, act: (done: () => void) => unknown): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', done)
    act(done)
  })
}
