import type { Follower, LogSlice } from '../../schemas/ports/log.ts'

/**
 * Hands the slices on, one at a time. `slices` ends, soon, once its signal aborts; what it throws and what `onSlice` throws
 * ends the follower with that error.
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
