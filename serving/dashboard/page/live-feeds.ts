import { EventSourceParserStream } from 'eventsource-parser/stream'
import { problemText, request } from './api.ts'
import type { FeedMessage, FeedSubscriber } from './page.ts'
import { pause, retryAfterMs } from './retry.ts'

/** A connection without a message or a heartbeat for this long is dead: the laptop slept, or the network changed. */
const silenceMsMax = 60_000
/** An unused connection stays open this long, so that a change of page does not close and open it again. */
const lingerMs = 2000

/** Follows the feeds at `/v1/{dataset}/feeds/{feed}`, with one connection per address for all subscribers. */
export class LiveFeeds {
  readonly #followed = new Map<string, FollowedFeed>()

  follow(url: string, subscriber: FeedSubscriber): () => void {
    const feed = this.#followed.get(url) ?? new FollowedFeed(url, () => this.#followed.delete(url))
    this.#followed.set(url, feed)
    return feed.add(subscriber)
  }
}

class FollowedFeed {
  readonly #subscribers = new Set<FeedSubscriber>()
  readonly #over = new AbortController()
  readonly #url: string
  readonly #ended: () => void
  #last: FeedMessage | null = null
  #lastId: string | null = null
  #tries = 0

  constructor(url: string, ended: () => void) {
    this.#url = url
    this.#ended = ended
    void this.#run()
  }

  add(subscriber: FeedSubscriber): () => void {
    this.#subscribers.add(subscriber)
    if (this.#last !== null) subscriber.onMessage(this.#last)
    return () => {
      this.#subscribers.delete(subscriber)
      setTimeout(() => this.#endUnused(), lingerMs)
    }
  }

  #endUnused(): void {
    if (this.#subscribers.size > 0 || this.#over.signal.aborted) return
    this.#over.abort()
    this.#ended()
  }

  async #run(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      await this.#read().catch((error: unknown) => {
        if (!signal.aborted) this.#tellProblem(problemText(error))
      })
      if (!signal.aborted) await pause(retryAfterMs(this.#tries), signal)
      this.#tries += 1
    }
  }

  /** Reads until the connection ends. */
  async #read(): Promise<void> {
    const silence = new AbortController()
    const signal = AbortSignal.any([this.#over.signal, silence.signal])
    let timer = setTimeout(() => silence.abort(), silenceMsMax)
    const heard = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), silenceMsMax)
    }
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(this.#lastId === null ? {} : { 'last-event-id': this.#lastId }),
      }
      const { body } = await request(this.#url, { headers, signal, cache: 'no-store' })
      if (body === null) return
      // The service does not send again a state that this page already has, so the subscribers get the last one.
      if (this.#last !== null) this.#tell(this.#last)
      const events = body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream({ onComment: heard }))
        .getReader()
      for (let next = await events.read(); !next.done; next = await events.read()) {
        heard()
        this.#take(next.value)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  #take({ event, data, id }: { event?: string | undefined; data: string; id?: string | undefined }): void {
    if (id !== undefined) this.#lastId = id
    this.#tries = 0
    if (event === 'problem') {
      const { detail }: { detail?: string } = JSON.parse(data)
      this.#tellProblem(detail ?? 'The service cannot answer.')
      return
    }
    const message: FeedMessage = JSON.parse(data)
    this.#last = message
    this.#tell(message)
  }

  #tell(message: FeedMessage): void {
    for (const subscriber of this.#subscribers) subscriber.onMessage(message)
  }

  #tellProblem(text: string): void {
    for (const subscriber of this.#subscribers) subscriber.onProblem?.(text)
  }
}
