import { backoffMs } from './backoff.ts'
import { type Clock, systemClock } from './pace.ts'

/** Waits between tries, longer each time, until a try has succeeded. */
export class Patience {
  readonly #onRetry: (message: string) => void
  readonly #signal: AbortSignal
  readonly #clock: Pick<Clock, 'sleep'>
  #failures = 0

  constructor(onRetry: (message: string) => void, signal: AbortSignal, clock: Pick<Clock, 'sleep'> = systemClock) {
    this.#onRetry = onRetry
    this.#signal = signal
    this.#clock = clock
  }

  reset(): void {
    this.#failures = 0
  }

  /** Says why, then waits. Returns early when the signal aborts. */
  async wait(reason: string): Promise<void> {
    this.#failures += 1
    this.#onRetry(reason)
    await this.#clock.sleep(backoffMs(this.#failures), this.#signal)
  }

  /**
   * Runs `work` until it succeeds, and returns its result. Repeats it while `reasonOf` returns a reason for the
   * failure. Throws a failure without a reason, and any failure once the signal has aborted.
   */
  async outlast<T>(work: () => Promise<T>, reasonOf: (error: unknown) => string | null): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        const reason = reasonOf(error)
        if (reason === null || this.#signal.aborted) throw error
        await this.wait(reason)
      }
    }
  }
}
