import type { NewRecord } from '../../schemas/ports/log.ts'
import type { Subscription } from './feed-hub.ts'
import type { FeedSubscriber } from './feed-computation.ts'
import type { FeedNews, FeedState } from './feed-news.ts'

export type PublishedFeedOptions = {
  readonly append: (record: NewRecord) => Promise<unknown>
  /** One key for all: the messages of a feed lie in one partition, in order. */
  readonly key: string
  readonly intervalMs: number
  /** Called for each append, with what made it fail or null. */
  readonly onAppend: (error: unknown) => void
}

/**
 * A subscriber that appends what it is told to a topic, one message at a time. A message that could not be appended, or of
 * which that is not known, is replaced by what is newest at the next try: a consumer may see a state twice, never an older
 * one after a newer one.
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

  /** A problem is nothing to publish. */
  take(news: FeedNews): boolean {
    if (news.kind === 'problem') return true
    if (this.#appending !== null) return false
    this.#appending = this.#append(news).finally(() => {
      this.#appending = null
    })
    return true
  }

  /** Resolves once what is being appended is. */
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

/** With an `id` that is the same for the same answers. */
function publishedJson({ tag, json }: FeedState): string {
  return `{"id":${JSON.stringify(tag)},${json.slice(1)}`
}
