import type { SetAlarm } from '../../connectors/waiting/alarm.ts'

/** Alarms that ring when the test calls `ring`. */
export class ManualAlarm {
  readonly #waiting = new Set<() => void>()

  readonly set: SetAlarm = (_ms, ring) => {
    this.#waiting.add(ring)
    return () => this.#waiting.delete(ring)
  }

  /** How many alarms are set. */
  get count(): number {
    return this.#waiting.size
  }

  /** Rings all alarms that are set now, once each. */
  ring(): void {
    const set = Array.from(this.#waiting)
    this.#waiting.clear()
    for (const ring of set) ring()
  }
}
