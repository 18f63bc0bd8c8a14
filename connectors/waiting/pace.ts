import { setTimeout } from 'node:timers/promises'

/** Returns for each line, in order, when it is due on the clock, in milliseconds. */
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

/** Paces lines at a rate. It does not make up for lost time: no burst follows a slow log. */
export function paceByRate(linesPerSecond: number, now: () => number): Pacer {
  let dueAt = -Infinity
  return () => {
    dueAt = Math.max(dueAt + 1000 / linesPerSecond, now())
    return dueAt
  }
}
