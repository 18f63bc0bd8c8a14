import { z } from 'zod'
import type { Line, LineEnd } from '../../schemas/split-lines.ts'

/** How to ask a source for the events since a time. */
export type SinceOptions = {
  /** The parameter of its address that takes epoch milliseconds. */
  readonly parameter: string
  /** The time of a line's event, in epoch milliseconds; undefined if it has none. */
  readonly timeOf: (line: Uint8Array) => number | undefined
}

/**
 * Events may arrive a little out of order. Those that come twice because of this do no harm, since rows are merged by
 * key.
 */
const overlapMs = 10_000

const SincePosition = z.object({ number: z.int(), since: z.number() })

/**
 * Keeps the newest event time heard, from which a source is asked to go on. A time ahead of the clock counts as now, so
 * that one event from the future does not hide present ones.
 */
export class Since {
  readonly #timeOf: SinceOptions['timeOf']
  readonly #now: () => number
  #newest: number | undefined

  constructor(timeOf: SinceOptions['timeOf'], now: () => number = Date.now) {
    this.#timeOf = timeOf
    this.#now = now
  }

  /** The time to ask for; undefined before any was heard. */
  get from(): number | undefined {
    return this.#newest === undefined ? undefined : Math.max(0, Math.floor(this.#newest) - overlapMs)
  }

  /**
   * Goes on from a position of an earlier run. Returns the number of its line; undefined if the position is not one of
   * ours.
   */
  resume(position: string): number | undefined {
    const parsed = SincePosition.safeParse(JSON.parse(position))
    if (!parsed.success) return undefined
    this.#newest = parsed.data.since
    return parsed.data.number
  }

  /**
   * Takes lines, and returns a function that gives each line's position. Positions hold the line's number, so that they
   * differ even if times do not: after a failed append the position tells whether the lines are in the log.
   */
  hear(lines: readonly Line[]): (line: LineEnd) => string | null {
    const before = this.#newest
    const newest = lines.map(({ bytes }) => this.#advance(bytes))
    return ({ number }) => {
      const index = lines.findLastIndex((line) => line.number <= number)
      const since = index === -1 ? before : newest[index]
      return since === undefined ? null : JSON.stringify({ number, since } satisfies z.infer<typeof SincePosition>)
    }
  }

  #advance(line: Uint8Array): number | undefined {
    const time = Math.min(this.#timeOf(line) ?? -Infinity, this.#now())
    if (time >= 0 && (this.#newest === undefined || time > this.#newest)) this.#newest = time
    return this.#newest
  }
}
