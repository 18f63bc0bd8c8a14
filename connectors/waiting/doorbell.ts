/**
 * Wakes all that wait. A ring before anyone waits is lost: first look whether there is work, then wait, in the same
 * turn.
 */
export class Doorbell {
  readonly #waiting = new Set<() => void>()

  ring(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Resolves at the next ring, when the signal aborts, or after `timeoutMs`. */
  wait(signal: AbortSignal, timeoutMs = Infinity): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = timeoutMs === Infinity ? undefined : setTimeout(wake, timeoutMs)
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}
