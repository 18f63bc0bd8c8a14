/** Items from several loops to one reader, each taken before its loop goes on: nothing piles up. */
export class Handover<T> {
  readonly #waiting: { readonly item: T; readonly taken: (isTaken: boolean) => void }[] = []
  readonly #closing = new AbortController()
  #failure: { readonly error: unknown } | undefined
  #wakeReader = () => {}

  /** Aborts once this is closed, by either side. */
  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** Resolves once the reader has taken the item; false where it never will. */
  put(item: T): Promise<boolean> {
    if (this.closed.aborted) return Promise.resolve(false)
    return new Promise((taken) => {
      this.#waiting.push({ item, taken })
      this.#wakeReader()
    })
  }

  /** The reader's loop ends; with an error, it throws it. Only the first call counts. */
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
