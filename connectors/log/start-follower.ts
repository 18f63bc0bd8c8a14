import type { Follower, LogSlice } from '../../schemas/ports/log.ts'

/**
 * Calls `onSlice` with each slice, one at a time. `slices` must end soon after its signal aborts. An error of `slices`
 * or `onSlice` ends the follower with that error.
 */
export function startFollower(
  slices: (signal: AbortSignal) => AsyncIterable<LogSlice>,
  onSlice: (slice: LogSlice) => Promise<void>,
): Follower {
  const closing = new AbortController()
  const run = async () => {
    for await (const slice of slices(closing.signal)) {
      if (closing.signal.aborted) return
      await onSlice(slice)
      if (closing.signal.aborted) return
    }
  }
  const ended = run()
  return {
    ended,
    close: async () => {
      closing.abort()
      await Promise.allSettled([ended])
    },
  }
}
