import type { Every } from '../../serving/feeds/every.ts'

type Timer = { readonly work: () => void; readonly intervalMs: number; nextMs: number }

/** A clock that a test moves on. What was to happen on the way happens, in order. */
export class ManualTime {
  nowMs = 1_000_000
  readonly #timers = new Set<Timer>()

  readonly now = (): number => this.nowMs

  readonly every: Every = (work, intervalMs) => {
    const timer = { work, intervalMs, nextMs: this.nowMs + intervalMs }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  get timerCount(): number {
    return this.#timers.size
  }

  /** Between two steps of the clock, what was begun may go on. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms
    for (;;) {
      const next = [...this.#timers].toSorted((a, b) => a.nextMs - b.nextMs)[0]
      if (next === undefined || next.nextMs > endMs) break
      this.nowMs = next.nextMs
      next.nextMs += next.intervalMs
      next.work()
      await settled()
    }
    this.nowMs = endMs
  }
}

/** Whatever waits for nothing but promises has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
