/** Runs pieces of work one at a time, in the order they were added. The next one runs even if one fails. */
export class WorkQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `work` when its turn comes, and settles as it does. */
  add<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  /** Resolves once all work that was added before this call has ended, failed or not. */
  async idle(): Promise<void> {
    await this.#last
  }
}
