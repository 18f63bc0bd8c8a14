/**
 * Gives items of several loops to one reader. A loop waits until the reader has taken its item, so nothing piles up.
 */
export class Rendezvous<T> {
  readonly #waiting: { readonly item: T; readonly taken: (isTaken: boolean) => void }[] = []
  readonly #closing = new AbortController()
  #failure: { readonly error: unknown } | undefined
  #wakeReader = () => {}

  /** Aborts when either side closes. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Resolves with true once the reader has taken the item, with false if it never will. */
  put(item: T): Promise<boolean> {
    if (this.closed.aborted) return Promise.resolve(false)
    return new Promise((taken) => {
      this.#waiting.push({ item, taken })
      this.#wakeReader()
    })
  }

  /** Ends the reader's loop; with a failure, the loop throws it. Only the first call counts. */
  close(failure?: { readonly error: unknown }): void {
    if (this.closed.aborted) return
    this.#failure = failure
    this.#closing.abort()
    for (const { taken } of this.#waiting.splice(0)) taken(false)
    this.#wakeReader()
  }

  async *items(): AsyncGenerator<T> {
    while (!this.closed.aborted) {
      const next = this.#waiting.shift()
      if (next !== undefined) {
        next.taken(true)
        yield next.item
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve
        })
      }
    }
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
