type Part = { readonly name: string; readonly close: () => unknown }

/** The open parts of a process, to be closed newest first. */
export class Closers {
  readonly #parts = new Set<Part>()

  /** Registers a part and returns it. Call it as soon as the part is open. */
  add<T extends { close(): unknown }>(name: string, part: T): T {
    this.#parts.add({ name, close: () => part.close() })
    return part
  }

  /** Returns the names of the parts that are still open, newest first. */
  open(): readonly string[] {
    return [...this.#parts].map(({ name }) => name).toReversed()
  }

  /**
   * Closes all parts, newest first, also after one of them has failed to close. May be called twice. At the end throws
   * an error that says which parts did not close, and why.
   */
  async close(): Promise<void> {
    const failures: { readonly name: string; readonly error: unknown }[] = []
    for (let part = this.#newest(); part !== undefined; part = this.#newest()) {
      try {
        await part.close()
      } catch (error) {
        failures.push({ name: part.name, error })
      }
      this.#parts.delete(part)
    }
    if (failures.length === 0) return
    throw new AggregateError(
      failures.map(({ error }) => error),
      `not everything closed: ${failures.map(({ name, error }) => `${name} (${reasonOf(error)})`).join(', ')}`,
    )
  }

  #newest(): Part | undefined {
    return [...this.#parts].at(-1)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
