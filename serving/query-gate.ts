import { Deferred } from '../schemas/deferred.ts'
import { AppError } from '../schemas/errors.ts'

export type GateLimits = { readonly runningMax: number; readonly waitingMax: number }

/** Lets so many pieces of work run and so many wait, first come first served. One more is BUSY at once. */
export class QueryGate {
  readonly #limits: GateLimits
  readonly #waiting = new Set<Deferred>()
  #running = 0

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /** Whoever gives up while waiting leaves the queue: CLOSED. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal)
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    const { runningMax, waitingMax } = this.#limits
    if (this.#running < runningMax) {
      this.#running += 1
      return
    }
    if (this.#waiting.size >= waitingMax) {
      throw new AppError('BUSY', `${runningMax} queries run and ${waitingMax} wait already.`)
    }
    const turn = new Deferred()
    const giveUp = () => {
      if (this.#waiting.delete(turn)) turn.reject(new AppError('CLOSED', 'The caller has gone.'))
    }
    this.#waiting.add(turn)
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    await turn.promise.finally(() => signal.removeEventListener('abort', giveUp))
  }

  /** The place goes straight to the next in line, so nobody can slip in between. */
  #leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#running -= 1
      return
    }
    this.#waiting.delete(next)
    next.resolve()
  }
}
