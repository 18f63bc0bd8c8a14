/** What was seen, and when: epoch ms. */
export type Seen<T> = { readonly value: T; readonly seenMs: number }

export type WatchOptions<T> = {
  readonly look: () => Promise<T>
  readonly intervalMs: number
  /** Called for each look, with what made it fail or null; the next one follows in any case. */
  readonly onLook?: (error: unknown) => void
}

/** Looks at something at an interval and keeps what it saw last. A tick while the last look lasts is passed over. */
export class Watch<T> {
  readonly #options: WatchOptions<T>
  #seen: Seen<T> | null = null
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #isClosed = false

  constructor(options: WatchOptions<T>) {
    this.#options = options
  }

  /** Looks at once, then at the interval. May be called twice. */
  start(): void {
    if (this.#isClosed || this.#timer !== undefined) return
    this.#timer = setInterval(() => void this.look(), this.#options.intervalMs)
    void this.look()
  }

  latest(): Seen<T> | null {
    return this.#seen
  }

  /** Resolves once a look has ended: the one under way, or one that starts now. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Resolves once nothing is being looked at. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#looking
  }

  async #look(): Promise<void> {
    try {
      this.#seen = { value: await this.#options.look(), seenMs: Date.now() }
      if (!this.#isClosed) this.#options.onLook?.(null)
    } catch (error) {
      if (!this.#isClosed) this.#options.onLook?.(error)
    }
  }
}
