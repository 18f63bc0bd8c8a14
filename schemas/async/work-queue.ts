/** Runs one piece of work at a time, in the order they were added. One that fails does not keep the next from running. */
export class WorkQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** Settles as `work` does, once its turn has come. */
  add<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  /** Resolves once everything that was added before this call is over, failed or not. */
  async idle(): Promise<void> {
    await this.#last
  }
}
