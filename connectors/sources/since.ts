import { z } from 'zod'
import type { Line, LineEnd } from '../../schemas/split-lines.ts'

/** How a source that remembers is asked for what came since a time. */
export type SinceOptions = {
  /** The parameter of its address that takes epoch milliseconds. */
  readonly parameter: string
  /** The time of a line's event, in epoch milliseconds; undefined where it names none. */
  readonly timeOf: (line: Uint8Array) => number | undefined
}

/** Events may arrive a little out of order. What comes twice for it does no harm: the merge is exact. */
const overlapMs = 10_000

const SincePosition = z.object({ number: z.int(), since: z.number() })

/**
 * The newest event time that was heard, which a source is asked to go on from. A time ahead of the clock counts as now, so
 * that one event from the future does not hide those of the present.
 */
export class Since {
  readonly #timeOf: SinceOptions['timeOf']
  readonly #now: () => number
  #newest: number | undefined

  constructor(timeOf: SinceOptions['timeOf'], now: () => number = Date.now) {
    this.#timeOf = timeOf
    this.#now = now
  }

  /** What to ask for; undefined before anything was heard. */
  get from(): number | undefined {
    return this.#newest === undefined ? undefined : Math.max(0, Math.floor(this.#newest) - overlapMs)
  }

  /** Goes on from a position of an earlier run. Answers the number of its line; undefined where it is none of ours. */
  resume(position: string): number | undefined {
    const parsed = SincePosition.safeParse(JSON.parse(position))
    if (!parsed.success) return undefined
    this.#newest = parsed.data.since
    return parsed.data.number
  }

  /**
   * Hears lines, and answers their positions. Numbers make positions differ where times do not: whether an append that
   * failed has reached the log is seen by its position.
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
