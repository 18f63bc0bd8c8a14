import type { Pacer } from '../waiting/pace.ts'

export type RecordingPace = {
  /** The time of a line's event, in epoch milliseconds; undefined if it has none. */
  readonly timeOf: (line: Uint8Array) => number | undefined
  /** How many times faster than the recording. */
  readonly speedup: number
  readonly now: () => number
}

/**
 * The longest silence, in recorded time. A longer one means that the recording lacks events, not that there were none.
 */
const gapMsMax = 5000

/**
 * Paces a recording as its events arrived. Their times go back and forth, since an event may be reported weeks late. So
 * the replay's time is the newest time seen: it never goes back, and never moves on by more than `gapMsMax` at once.
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
