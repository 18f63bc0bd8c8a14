import type { Pacer } from '../waiting/pace.ts'

export type RecordingPace = {
  /** The time a line's event happened, in epoch milliseconds; undefined where it names none. */
  readonly timeOf: (line: Uint8Array) => number | undefined
  /** How many times faster than it was recorded. */
  readonly speedup: number
  readonly now: () => number
}

/** In recorded time. A longer silence says that something was missing from the recording, not that nothing happened. */
const gapMsMax = 5000

/**
 * Replays a recording as it arrived. Times in a recording go back and forth (an event may be reported weeks late), so time
 * moves with the newest one seen, never back, and never further at once than `gapMsMax`.
 */
export function paceRecording({ timeOf, speedup, now }: RecordingPace): Pacer {
  let newest: number | undefined
  let dueAt = -Infinity
  return (line) => {
    const time = timeOf(line)
    if (dueAt === -Infinity) dueAt = now()
    if (time !== undefined && (newest === undefined || time > newest)) {
      dueAt += Math.min(time - (newest ?? time), gapMsMax) / speedup
      newest = time
    }
    return dueAt
  }
}
