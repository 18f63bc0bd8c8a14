import { setTimeout } from 'node:timers/promises'

/** Answers for each line, in order, when on the clock it is due, in milliseconds. */
export type Pacer = (line: Uint8Array) => number

export type Clock = {
  now(): number
  /** Resolves early when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  },
}

/** So many lines a second. Time that was lost is not made up for: a slow log is not followed by a burst. */
export function paceByRate(linesPerSecond: number, now: () => number): Pacer {
  let dueAt = -Infinity
  return () => {
    dueAt = Math.max(dueAt + 1000 / linesPerSecond, now())
    return dueAt
  }
}
