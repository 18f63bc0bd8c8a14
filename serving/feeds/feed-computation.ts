import type { ReplicaStatus, TogetherAnswer } from '../replica/reader.ts'
import { feedProblem, feedState, standingOf } from './feed-news.ts'
import type { FeedNews } from './feed-news.ts'
import type { FeedRequest } from './feed-request.ts'

export type FeedSubscriber = {
  /** Between the news that it is told; counted from when they were computed. */
  readonly intervalMs: number
  /** Takes the news, or answers false where it cannot now: it is offered later what is newest then. */
  take(news: FeedNews): boolean
}

export type ComputationDeps = {
  /** May wait for its turn, until the signal aborts; `onStart` is called when it has come. */
  readonly read: (request: FeedRequest, signal: AbortSignal, onStart: () => void) => Promise<TogetherAnswer>
  readonly status: () => ReplicaStatus | undefined
  readonly now: () => number
  readonly onFailed: (request: FeedRequest, error: unknown) => void
}

type Entry = {
  readonly subscriber: FeedSubscriber
  /** Of the news that it has; null before the first. */
  tag: string | null
  /** Told nothing more before. */
  dueMs: number
  /** It came when what was known was too old for it. */
  isWaiting: boolean
}

/** Timers go off a little early or late; what is due within half a tick is due. */
export const tickMs = 100
const toleranceMs = tickMs / 2

const [retryMs, retryMsMax] = [1000, 30_000]
/** A state that one of the answers is missing of is computed anew this often at most, and also where nothing has changed. */
const incompleteMs = 5000

/**
 * One feed with one set of parameters. It is computed when somebody listens, the merged state is another than the last time,
 * and the one who wants it most often is due; everybody gets the result that was newest when his own time had come.
 */
export class FeedComputation {
  readonly request: FeedRequest
  readonly #deps: ComputationDeps
  readonly #entries = new Set<Entry>()
  #news: FeedNews | null = null
  /** What the news stand on; empty while there are none, or they are a problem. */
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

  /** `tag` is of the news that the subscriber has already. */
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

  /** Tells whoever is due what is newest, and computes anew where that is due. */
  tick(): void {
    if (this.#running !== null || !this.#isDue()) return this.#tell()
    this.#running = this.#compute().finally(() => {
      this.#running = null
    })
  }

  /** Computes nothing any more; resolves once nothing is being computed. */
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
