import type { NewRecord } from '../../schemas/ports/log.ts'
import type { Subscription } from './feed-hub.ts'
import type { FeedSubscriber } from './feed-computation.ts'
import type { FeedNews, FeedState } from './feed-news.ts'

export type PublishedFeedOptions = {
  readonly append: (record: NewRecord) => Promise<unknown>
  /** All messages have this key, so that they are in one partition, in order. */
  readonly key: string
  readonly intervalMs: number
  /** Called after each append with its error, or null if it succeeded. */
  readonly onAppend: (error: unknown) => void
}

/**
 * A subscriber that appends the news to a topic, one message at a time. If an append fails, or may have failed, the
 * next try appends the news that are newest then: a consumer may see a state twice, but never an older state after a
 * newer one.
 */
export class PublishedFeed implements FeedSubscriber {
  readonly intervalMs: number
  readonly #options: PublishedFeedOptions
  #subscription: Subscription | null = null
  #appending: Promise<void> | null = null

  constructor(options: PublishedFeedOptions) {
    this.#options = options
    this.intervalMs = options.intervalMs
  }

  start(subscribe: (subscriber: FeedSubscriber) => Subscription): this {
    this.#subscription = subscribe(this)
    return this
  }

  /** A problem is not published. */
  take(news: FeedNews): boolean {
    if (news.kind === 'problem') return true
    if (this.#appending !== null) return false
    this.#appending = this.#append(news).finally(() => {
      this.#appending = null
    })
    return true
  }

  /** Resolves once the running append has ended. */
  async close(): Promise<void> {
    this.#subscription?.close()
    await this.#appending
  }

  async #append(state: FeedState): Promise<void> {
    const { append, key, onAppend } = this.#options
    try {
      await append({ key: Buffer.from(key), value: Buffer.from(publishedJson(state)) })
      onAppend(null)
    } catch (error) {
      onAppend(error)
      this.#subscription?.forget()
    }
  }
}

/** Adds an `id`, which is the same for the same answers. */
function publishedJson({ tag, json }: FeedState): string {
  return `{"id":${JSON.stringify(tag)},${json.slice(1)}`
}
