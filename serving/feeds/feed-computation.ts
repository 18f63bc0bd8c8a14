import type { ReplicaStatus, TogetherAnswer } from '../replica/reader.ts'
import { feedProblem, feedState, standingOf } from './feed-news.ts'
import type { FeedNews } from './feed-news.ts'
import type { FeedRequest } from './feed-request.ts'

export type FeedSubscriber = {
  /** The least time between two news for this subscriber, counted from when the news were computed. */
  readonly intervalMs: number
  /** Returns false if the subscriber cannot take the news now; the newest news are then offered again later. */
  take(news: FeedNews): boolean
}

export type ComputationDeps = {
  /** Waits for its turn and then calls `onStart`. Gives up when the signal aborts. */
  readonly read: (request: FeedRequest, signal: AbortSignal, onStart: () => void) => Promise<TogetherAnswer>
  readonly status: () => ReplicaStatus | undefined
  readonly now: () => number
  readonly onFailed: (request: FeedRequest, error: unknown) => void
}

type Entry = {
  readonly subscriber: FeedSubscriber
  /** The tag of the news that the subscriber has; null before the first. */
  tag: string | null
  /** The subscriber gets no news before this time. */
  dueMs: number
  /** The subscriber came when the last news were older than its interval: it waits for the next ones. */
  isWaiting: boolean
}

/** Timers fire a little early or late, so news that are due within half a tick are sent now. */
export const tickMs = 100
const toleranceMs = tickMs / 2

const [retryMs, retryMsMax] = [1000, 30_000]
/**
 * If an answer of the news failed, the feed is computed again this often at most, even if the state has not changed.
 */
const incompleteMs = 5000

/**
 * One feed with one set of parameters. It is computed while somebody follows it, if the merged state has changed since
 * the last time, as often as the subscriber with the shortest interval wants it. At its own interval each subscriber
 * gets the newest result.
 */
export class FeedComputation {
  readonly request: FeedRequest
  readonly #deps: ComputationDeps
  readonly #entries = new Set<Entry>()
  #news: FeedNews | null = null
  /**
   * The state of the log that the news were computed at. Empty before the first news, and if the news are a problem.
   */
  #standing = ''
  #startedMs = Number.NEGATIVE_INFINITY
  #failures = 0
  #wasReady = false
  #running: Promise<void> | null = null
  readonly #closing = new AbortController()

  constructor(request: FeedRequest, deps: ComputationDeps) {
    this.request = request
    this.#deps = deps
  }

  get subscriberCount(): number {
    return this.#entries.size
  }

  /** `tag` names the news that the subscriber already has, or is null. */
  add(subscriber: FeedSubscriber, tag: string | null): { readonly forget: () => void; readonly remove: () => void } {
    const entry: Entry = { subscriber, tag, dueMs: 0, isWaiting: this.#isTooOldFor(subscriber) }
    this.#entries.add(entry)
    this.tick()
    return {
      forget: () => {
        entry.tag = null
        entry.dueMs = this.#deps.now() + subscriber.intervalMs
      },
      remove: () => this.#entries.delete(entry),
    }
  }

  /** Gives the newest news to every subscriber that is due, and computes the feed again if that is due. */
  tick(): void {
    if (this.#running !== null || !this.#isDue()) return this.#tell()
    this.#running = this.#compute().finally(() => {
      this.#running = null
    })
  }

  /** True if there is nothing to compute and nothing to tell until the state changes or somebody comes. */
  get isResting(): boolean {
    const news = this.#news
    if (this.#running !== null || news?.kind !== 'state' || news.failed.size > 0 || !this.#isCurrent()) return false
    return [...this.#entries].every(({ tag, isWaiting }) => tag === news.tag && !isWaiting)
  }

  /** Stops computing. Resolves once the last computation has ended. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  #tell(): void {
    const news = this.#news
    if (news === null) return
    const now = this.#deps.now()
    for (const entry of this.#entries) {
      if (entry.isWaiting || entry.tag === news.tag || now < entry.dueMs - toleranceMs) continue
      if (!entry.subscriber.take(news)) continue
      entry.tag = news.tag
      entry.dueMs = Math.max(news.ofMs, entry.dueMs) + entry.subscriber.intervalMs
    }
  }

  #isDue(): boolean {
    if (this.#entries.size === 0 || this.#closing.signal.aborted) return false
    if (this.#news === null) return true
    const sinceMs = this.#deps.now() - this.#startedMs
    if (this.#news.kind === 'problem') {
      const isReadyNow = !this.#wasReady && this.#deps.status()?.isReady === true
      return isReadyNow || sinceMs >= Math.min(retryMsMax, retryMs * 2 ** (this.#failures - 1)) - toleranceMs
    }
    const fastestMs = Math.min(...[...this.#entries].map(({ subscriber }) => subscriber.intervalMs))
    if (this.#news.failed.size > 0) return sinceMs >= Math.max(fastestMs, incompleteMs) - toleranceMs
    return sinceMs >= fastestMs - toleranceMs && !this.#isCurrent()
  }

  #isCurrent(): boolean {
    return standingOf(this.#deps.status()) === this.#standing
  }

  #isTooOldFor({ intervalMs }: FeedSubscriber): boolean {
    if (this.#news?.kind !== 'state') return false
    return this.#deps.now() - this.#news.ofMs >= intervalMs && !this.#isCurrent()
  }

  async #compute(): Promise<void> {
    const { read, now, status, onFailed } = this.#deps
    this.#startedMs = now()
    this.#wasReady = status()?.isReady === true
    try {
      const answer = await read(this.request, this.#closing.signal, () => {
        this.#startedMs = now()
      })
      this.#news = feedState(this.request, answer, this.#startedMs)
      this.#standing = standingOf(answer.asOf.datasets[this.request.dataset])
      this.#failures = 0
      for (const error of this.#news.failed.values()) onFailed(this.request, error)
    } catch (error) {
      onFailed(this.request, error)
      this.#news = feedProblem(error, this.#startedMs)
      this.#failures += 1
    }
    for (const entry of this.#entries) entry.isWaiting = false
    this.#tell()
  }
}
