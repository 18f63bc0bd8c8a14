type Part = { readonly name: string; readonly close: () => unknown }

/** What a main has opened, to be closed newest first. */
export class Closers {
  readonly #parts = new Set<Part>()

  /** Registers a part as soon as it is open, and answers it. */
  add<T extends { close(): unknown }>(name: string, part: T): T {
    this.#parts.add({ name, close: () => part.close() })
    return part
  }

  /** What is not closed yet, newest first. */
  open(): readonly string[] {
    return [...this.#parts].map(({ name }) => name).toReversed()
  }

  /**
   * Closes all, newest first; a part that fails to close does not keep the others open. May be called twice. Throws in the
   * end where parts did not close, and says which and why.
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
