import type { FastifyReply } from 'fastify'
import type { Every } from './every.ts'

/** Of a server-sent event stream. Proxies must neither keep nor change it. */
export const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const

const heartbeatMs = 15_000
/** How soon a client should come back. */
const retryMs = 2000

const [opening, heartbeat] = [Buffer.from(`retry: ${retryMs}\n\n`), Buffer.from(': heartbeat\n\n')]

/**
 * One client's stream. What it has not read is at most one message and what its socket held before: while that waits,
 * nothing more is taken.
 */
export class EventStream {
  readonly #raw: FastifyReply['raw']
  readonly #onClose: () => void
  #isStalled = false

  constructor(reply: FastifyReply, onClose: () => void) {
    this.#raw = reply.raw
    this.#onClose = onClose
    reply.hijack()
    this.#raw.once('close', onClose)
    for (const [name, value = ''] of Object.entries(reply.getHeaders())) this.#raw.setHeader(name, value)
    this.#raw.writeHead(200)
    this.#raw.write(opening)
  }

  /** False where the client has not read what it was sent before. */
  send(frame: Buffer): boolean {
    if (this.#raw.writableNeedDrain || this.#raw.destroyed) return false
    this.#raw.write(frame)
    return true
  }

  /** Keeps the connection alive, and drops a client that has read nothing since the last but one beat. */
  beat(): void {
    if (this.#raw.destroyed) return this.#onClose()
    const isStalled = !this.send(heartbeat)
    if (isStalled && this.#isStalled) this.#raw.destroy()
    this.#isStalled = isStalled
  }

  /** Of an ended answer a server that closes waits for nothing, not even for what the client has not read. */
  end(): void {
    this.#onClose()
    this.#raw.end()
  }
}

/** All that are open, with one heart. */
export class EventStreams {
  readonly #every: Every
  readonly #open = new Set<EventStream>()
  #stopBeating: (() => void) | null = null

  constructor(every: Every) {
    this.#every = every
  }

  /** `follow` is told of the stream and answers how to end what it began for it, which may be called twice. */
  open(reply: FastifyReply, follow: (stream: EventStream) => () => void): void {
    const stream: EventStream = new EventStream(reply, () => {
      this.#open.delete(stream)
      unfollow()
      if (this.#open.size > 0) return
      this.#stopBeating?.()
      this.#stopBeating = null
    })
    const unfollow = follow(stream)
    this.#open.add(stream)
    this.#stopBeating ??= this.#every(() => {
      for (const each of this.#open) each.beat()
    }, heartbeatMs)
  }

  /** Ends all, at once. */
  close(): void {
    for (const stream of this.#open) stream.end()
  }
}
