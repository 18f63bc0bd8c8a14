/** What a main has opened, to be closed newest first. */
export class Closers {
  readonly #open: { readonly name: string; readonly close: () => unknown }[] = []

  /** Registers a part as soon as it is open, and answers it. */
  add<T extends { close(): unknown }>(name: string, part: T): T {
    this.#open.push({ name, close: () => part.close() })
    return part
  }

  /** Closes all, newest first; a part that fails to close does not keep the others open. May be called twice. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (let part = this.#open.pop(); part !== undefined; part = this.#open.pop()) {
      try {
        await part.close()
      } catch (error) {
        failures.push(new Error(`${part.name} did not close`, { cause: error }))
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything closed')
  }
}
