import { setTimeout } from 'node:timers/promises'
import { backoffMs } from './backoff.ts'

/** Waits between tries, longer each time, until a try has succeeded. */
export class Patience {
  readonly #onRetry: (message: string) => void
  readonly #signal: AbortSignal
  #failures = 0

  constructor(onRetry: (message: string) => void, signal: AbortSignal) {
    this.#onRetry = onRetry
    this.#signal = signal
  }

  reset(): void {
    this.#failures = 0
  }

  /** Says why, then waits. Returns early when the signal aborts. */
  async wait(reason: string): Promise<void> {
    this.#failures += 1
    this.#onRetry(reason)
    await setTimeout(backoffMs(this.#failures), undefined, { signal: this.#signal }).catch(() => undefined)
  }
}
