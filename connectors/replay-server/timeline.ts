import type { Clock } from '../waiting/pace.ts'
import type { Recording } from './recording.ts'

/** The playing of a recording, the same for all listeners. It begins when the first one joins. */
export class ReplayTimeline {
  readonly #recording: Recording
  readonly #clock: Clock
  #startedAt: number | undefined

  constructor(recording: Recording, clock: Clock) {
    this.#recording = recording
    this.#clock = clock
  }

  /**
   * Returns the line that a listener begins with: the one that plays now, or with `since` an earlier one, the first
   * whose newest time is not older. The listener gets all lines from there on in order of arrival, so it misses none
   * that arrived late. The first listener starts the playing, at `since` if it is given.
   */
  join(since: number | undefined): number {
    const { newest, dueMs } = this.#recording
    const asked = since === undefined ? undefined : firstAtLeast(newest, since)
    const now = this.#clock.now()
    if (this.#startedAt === undefined) {
      this.#startedAt = now - (dueMs[asked ?? 0] ?? 0)
      return asked ?? 0
    }
    const playing = firstAtLeast(dueMs, now - this.#startedAt)
    return Math.min(playing, asked ?? playing)
  }

  /** Resolves once the line is due, or when the signal aborts. */
  async untilDue(index: number, signal: AbortSignal): Promise<void> {
    const waitMs = (this.#startedAt ?? 0) + (this.#recording.dueMs[index] ?? 0) - this.#clock.now()
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal)
  }
}

/** The index of the first of these rising numbers that is at least `least`; their count if there is none. */
function firstAtLeast(rising: readonly number[], least: number): number {
  let [low, high] = [0, rising.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((rising[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
}
