import type { Clock } from '../waiting/pace.ts'
import type { Recording } from './recording.ts'

/** One course of a recording, the same for all who listen. It begins when the first of them joins. */
export class ReplayTimeline {
  readonly #recording: Recording
  readonly #clock: Clock
  #startedAt: number | undefined

  constructor(recording: Recording, clock: Clock) {
    this.#recording = recording
    this.#clock = clock
  }

  /**
   * The line that a listener begins with: what plays now, or the first that came when the newest time was `since`, which
   * has come already. Order of arrival decides from there on, so that what arrived late is not missed. The first listener
   * begins at `since`, and so does the course.
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

/** The place of the first of these rising numbers that is not below; their count where all are. */
function firstAtLeast(rising: readonly number[], least: number): number {
  let [low, high] = [0, rising.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((rising[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
}
