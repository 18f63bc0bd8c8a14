import { Deferred } from '../schemas/async/deferred.ts'
import { hasReached } from '../schemas/formats/tidemark.ts'
import type { Positions } from '../schemas/formats/tidemark.ts'

/** Positions that callers wait for. Call `note` whenever the positions have moved. */
export class AwaitedPositions {
  readonly #awaited = new Set<{ readonly target: Positions; readonly reached: Deferred }>()

  get isEmpty(): boolean {
    return this.#awaited.size === 0
  }

  /** Resolves once `note` was called with positions that reach the target, or once the signal aborts. */
  async until(target: Positions, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return
    const awaited = { target, reached: new Deferred() }
    this.#awaited.add(awaited)
    signal?.addEventListener('abort', () => awaited.reached.resolve(), { once: true })
    await awaited.reached.promise
    this.#awaited.delete(awaited)
  }

  note(positions: Positions): void {
    for (const { target, reached } of this.#awaited) if (hasReached(positions, target)) reached.resolve()
  }
}
