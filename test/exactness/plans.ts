import { randomInt } from '../../bench/seeded-random.ts'
import type { Random } from '../../bench/seeded-random.ts'
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
    // Near or far, also beyond what the speed view has read by then.
    laterCut: between(
      Math.min(at.cut + 1, records.length),
      random() < 0.5 ? Math.min(at.cut + 60, end) : records.length,
      random,
    ),
  }
}

/** From `first` to `last`, both included. */
function between(first: number, last: number, random: Random): number {
  return last <= first ? first : first + randomInt(random, last - first + 1)
}
