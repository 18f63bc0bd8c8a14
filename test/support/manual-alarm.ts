import type { SetAlarm } from '../../connectors/waiting/alarm.ts'

/** Alarms that ring when the test says so. */
export class ManualAlarm {
  readonly #waiting = new Set<() => void>()

  readonly set: SetAlarm = (_ms, ring) => {
    this.#waiting.add(ring)
    return () => this.#waiting.delete(ring)
  }

  /** How many are set. */
  get count(): number {
    return this.#waiting.size
  }

  /** All that are set now, once. */
  ring(): void {
    const set = Array.from(this.#waiting)
    this.#waiting.clear()
    for (const ring of set) ring()
  }
}
