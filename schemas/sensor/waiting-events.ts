import type { GeneratedEvent } from '../declare/dataset.ts'

/** Events that are not sent yet, in the order they are due; of those due at once the first added comes first. */
export class WaitingEvents {
  readonly #events: GeneratedEvent[] = []

  add(event: GeneratedEvent): void {
    let [low, high] = [0, this.#events.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#events[middle]?.dueMs ?? Infinity) <= event.dueMs) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, event)
  }

  /** Removes and returns the events that are due. */
  *until(dueMs: number): Iterable<GeneratedEvent> {
    const isLater = this.#events.findIndex((event) => event.dueMs > dueMs)
    yield* this.#events.splice(0, isLater === -1 ? this.#events.length : isLater)
  }
}
