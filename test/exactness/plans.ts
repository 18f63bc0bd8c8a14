import { randomInt } from '../../bench/events/random.ts'
import type { Random } from '../../bench/events/random.ts'
import type { ArrivedLog } from './arrived-log.ts'
import type { Plan } from './merge-run.ts'

/** What becomes of the log at `cut`: when micro-batches end, when it hands over and to what is left to chance. */
export function planOf(
  logs: readonly ArrivedLog[],
  at: { readonly log: number; readonly cut: number },
  random: Random,
): Plan {
  const log = logs[at.log]
  if (log === undefined) throw new TypeError(`there is no log ${at.log}`)
  const { end, records } = log
  return {
    ...at,
    split: between(at.cut, end, random),
    handedOverAt: between(end, records.length, random),
    // Near the first generation, or near the log's end and then often beyond what the speed layer has read.
    laterCut:
      random() < 0.5
        ? between(Math.min(at.cut + 1, records.length), Math.min(at.cut + 60, records.length), random)
        : between(Math.max(at.cut, end), records.length, random),
  }
}

/** From `first` to `last`, both included. */
function between(first: number, last: number, random: Random): number {
  return last <= first ? first : first + randomInt(random, last - first + 1)
}
