import { randomInt } from '../../bench/events/random.ts'
import type { Random } from '../../bench/events/random.ts'
import type { LoggedRecord } from '../oracle/recount.ts'

/**
 * A log as two readers see it. Each reads every partition in order, but they need not have read as much of one partition
 * as of another: a tidemark is no moment of the log.
 */
export type ArrivedLog = {
  /** As the speed layer reads them. */
  readonly records: readonly LoggedRecord[]
  /** For each record, its place in the order in which the batch layer reads them. */
  readonly archived: readonly number[]
  /** Records from here on arrive while the hand-over goes on, for both readers. */
  readonly end: number
}

export function arrivedLog(records: readonly LoggedRecord[], end: number, random: Random): ArrivedLog {
  return {
    records,
    end,
    archived: [...readAgain(records.slice(0, end), 0, random), ...readAgain(records.slice(end), end, random)],
  }
}

/** The places, from `first` on, of the records in another order that keeps the order of each partition. */
function readAgain(records: readonly LoggedRecord[], first: number, random: Random): readonly number[] {
  const places = new Map<number, number[]>()
  for (const [n, partition] of shuffled(
    records.map((record) => record.partition),
    random,
  ).entries()) {
    places.set(partition, [...(places.get(partition) ?? []), first + n])
  }
  return records.map(({ partition }) => places.get(partition)?.shift() ?? first)
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, at: randomInt(random, 0x1_0000_0000) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
