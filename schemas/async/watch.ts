import { everyTogether } from './every-together.ts'

/** A value, and when it was read, in epoch milliseconds. */
export type Seen<T> = { readonly value: T; readonly seenMs: number }

export type WatchOptions<T> = {
  readonly look: () => Promise<T>
  readonly intervalMs: number
  /** What the value follows from. While it stays the same, the value is taken to stay the same, and is not read. */
  readonly of?: () => unknown
  /** Called after each look, with its error or null. A failed look does not end the watch. */
  readonly onLook?: (error: unknown) => void
}

/** Reads a value at an interval and keeps the newest. A tick during a look is skipped. */
export class Watch<T> {
  readonly #options: WatchOptions<T>
  #seen: Seen<T> | null = null
  /** What the value followed from when it was read. */
  #of: unknown
  #stop: (() => void) | undefined
  #looking: Promise<void> | undefined
  #isClosed = false

  constructor(options: WatchOptions<T>) {
    this.#options = options
  }

  /** Looks at once, then at the interval. May be called twice. */
  start(): void {
    if (this.#isClosed || this.#stop !== undefined) return
    this.#stop = everyTogether(this.#options.intervalMs, () => void this.#tick())
    void this.look()
  }

  latest(): Seen<T> | null {
    return this.#seen
  }

  /** Resolves when the look that is running ends; starts one if none is. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Resolves once no look is running. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stop?.()
    await this.#looking
  }

  async #tick(): Promise<void> {
    const { of } = this.#options
    if (of === undefined || this.#seen === null || of() !== this.#of) return await this.look()
    this.#seen = { value: this.#seen.value, seenMs: Date.now() }
  }

  async #look(): Promise<void> {
    try {
      const of = this.#options.of?.()
      this.#seen = { value: await this.#options.look(), seenMs: Date.now() }
      this.#of = of
      if (!this.#isClosed) this.#options.onLook?.(null)
    } catch (error) {
      if (!this.#isClosed) this.#options.onLook?.(error)
    }
  }
}
