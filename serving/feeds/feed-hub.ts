import type { FastifyBaseLogger } from 'fastify'
import { AppError } from '../../schemas/errors.ts'
import { problemOf } from '../http/problem.ts'
import { QueryGate } from '../requests/query-gate.ts'
import type { TogetherAnswer, TogetherReader } from '../replica/reader.ts'
import type { Every } from './every.ts'
import { FeedComputation, tickMs } from './feed-computation.ts'
import type { FeedSubscriber } from './feed-computation.ts'
import type { FeedRequest } from './feed-request.ts'

export type FeedLimits = {
  readonly subscribersMax: number
  /** How many feeds are followed at a time. A feed counts once for each set of parameters. */
  readonly variantsMax: number
  readonly rowsMax: number
  /** The size of the answers of one message. */
  readonly bytesMax: number
  readonly timeoutMs: number
}

export type FeedHubDeps = {
  readonly reader: TogetherReader
  readonly limits: FeedLimits
  readonly logger: Pick<FastifyBaseLogger, 'error' | 'warn'>
  readonly now: () => number
  readonly every: Every
}

export type Subscription = {
  /** Call it when the news that were taken last could not be delivered: they are offered again after the interval. */
  readonly forget: () => void
  /** May be called twice. */
  readonly close: () => void
}

/**
 * This many feeds are computed at a time. They have turns of their own, so feeds and queries do not wait for each
 * other.
 */
export const feedsAtATime = 2

/** Computes each feed once for all who follow it with equal parameters, and only while somebody does. */
export class FeedHub {
  readonly #deps: FeedHubDeps
  readonly #computations = new Map<string, FeedComputation>()
  readonly #gate: QueryGate
  /** Computations that nobody follows any more but that still run. */
  readonly #ending = new Set<Promise<void>>()
  #isClosed = false
  #stopTicking: (() => void) | null = null

  constructor(deps: FeedHubDeps) {
    this.#deps = deps
    // A computation is shared by all subscribers, so no single caller counts for it.
    this.#gate = new QueryGate({
      runningMax: feedsAtATime,
      runningPerCallerMax: feedsAtATime,
      waitingMax: Number.POSITIVE_INFINITY,
    })
  }

  /** Throws BUSY if there is no room for one more subscriber or one more variant, CLOSED if the hub is closed. */
  requireRoom({ key }: FeedRequest): void {
    this.#requireOpen()
    const { subscribersMax, variantsMax } = this.#deps.limits
    const followed = [...this.#computations.values()]
    const subscribers = followed.reduce((sum, { subscriberCount }) => sum + subscriberCount, 0)
    if (subscribers >= subscribersMax)
      throw new AppError('BUSY', `${subscribers} subscribers follow feeds already, and no more may.`)
    if (this.#computations.has(key) || followed.length < variantsMax) return
    throw new AppError(
      'BUSY',
      `${followed.length} feeds with different parameters are followed already, and no more may be.`,
    )
  }

  /** Gives the subscriber the newest news at once, unless `tag` says that it has them, and later news as they come. */
  subscribe(request: FeedRequest, subscriber: FeedSubscriber, tag: string | null = null): Subscription {
    this.#requireOpen()
    const computation = this.#computations.get(request.key) ?? this.#createComputation(request)
    this.#computations.set(request.key, computation)
    const { forget, remove } = computation.add(subscriber, tag)
    this.stateChanged()
    return {
      forget: () => {
        forget()
        this.stateChanged()
      },
      close: () => {
        remove()
        if (computation.subscriberCount === 0 && this.#computations.get(request.key) === computation)
          this.#drop(computation)
      },
    }
  }

  /** Call it when answers may have changed. Between changes the hub comes to rest. */
  stateChanged(): void {
    if (this.#computations.size > 0) this.#stopTicking ??= this.#deps.every(() => this.#tick(), tickMs)
  }

  /** Resolves once no computation runs any more. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const computation of this.#computations.values()) this.#drop(computation)
    await Promise.all(this.#ending)
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new AppError('CLOSED', 'The service is shutting down.')
  }

  #tick(): void {
    const computations = [...this.#computations.values()]
    for (const computation of computations) computation.tick()
    if (computations.every(({ isResting }) => isResting)) this.#rest()
  }

  #rest(): void {
    this.#stopTicking?.()
    this.#stopTicking = null
  }

  #drop(computation: FeedComputation): void {
    this.#computations.delete(computation.request.key)
    const ended = computation.close().finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
    if (this.#computations.size === 0) this.#rest()
  }

  #createComputation(request: FeedRequest): FeedComputation {
    const { reader, now } = this.#deps
    return new FeedComputation(request, {
      read: (asked, signal, onStart) =>
        this.#gate.run(
          () => {
            onStart()
            return this.#read(asked, signal)
          },
          { caller: '', gone: signal },
        ),
      status: () => reader.status().find(({ dataset }) => dataset === request.dataset),
      now,
      onFailed: (asked, error) => this.#noteFailure(asked, error),
    })
  }

  #read({ dataset, view, statements }: FeedRequest, signal: AbortSignal): Promise<TogetherAnswer> {
    const { rowsMax, bytesMax, timeoutMs } = this.#deps.limits
    const after = new Map()
    return this.#deps.reader.readTogether({ statements, view, dataset, after, rowsMax, bytesMax, timeoutMs, signal })
  }

  #noteFailure({ dataset, feed }: FeedRequest, error: unknown): void {
    const { status, code } = problemOf(error)
    if (status === 500) this.#deps.logger.error({ dataset, feed, err: error }, 'A feed failed; trying again.')
    else if (code !== 'NOT_READY' && code !== 'CLOSED')
      this.#deps.logger.warn({ dataset, feed, err: error }, 'A feed could not be computed; trying again.')
  }
}
