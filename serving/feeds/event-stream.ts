import type { FastifyReply } from 'fastify'
import type { Every } from './every.ts'

/** Headers of a stream of server-sent events. Proxies must neither store nor change it. */
export const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const

const heartbeatMs = 15_000
/** How soon a client should connect again. */
const retryMs = 2000

const [opening, heartbeat] = [Buffer.from(`retry: ${retryMs}\n\n`), Buffer.from(': heartbeat\n\n')]

/**
 * One client's stream. It holds at most one message beyond what the client's socket holds; it takes no other message
 * until the client has read that one.
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

  /** Returns false, and sends nothing, if the client has not read the last message yet. */
  send(frame: Buffer): boolean {
    if (this.#raw.writableNeedDrain || this.#raw.destroyed) return false
    this.#raw.write(frame)
    return true
  }

  /** Keeps the connection alive. Drops a client that has read nothing for two beats. */
  beat(): void {
    if (this.#raw.destroyed) return this.#onClose()
    const isStalled = !this.send(heartbeat)
    if (isStalled && this.#isStalled) this.#raw.destroy()
    this.#isStalled = isStalled
  }

  /** A server that closes does not wait for an ended answer, even if the client has not read all of it. */
  end(): void {
    this.#onClose()
    this.#raw.end()
  }
}

/** All open streams. One timer sends the heartbeats of all. */
export class EventStreams {
  readonly #every: Every
  readonly #open = new Set<EventStream>()
  #stopBeating: (() => void) | null = null

  constructor(every: Every) {
    this.#every = every
  }

  /** `follow` gets the stream and returns the function that ends what it began; that function may be called twice. */
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

  /** Ends all streams at once. */
  close(): void {
    for (const stream of this.#open) stream.end()
  }
}
