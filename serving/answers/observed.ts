import type { ArchivedPartition } from '../../schemas/formats/archived-chain.ts'
import type { Seen } from '../../schemas/async/watch.ts'
import type { OffsetRange } from '../../schemas/ports/log.ts'
import type { EngineMemory } from '../replica/engine-memory.ts'

/**
 * What is looked at every so often and not for each request, so that a probe never hangs on an engine, a log or a store
 * that does not answer. Null until it was seen.
 */
export type Observed = {
  readonly memory: () => Seen<EngineMemory> | null
  /** What the log holds of a dataset's topic, by partition. */
  readonly log: (dataset: string) => Seen<ReadonlyMap<number, OffsetRange>> | null
  readonly archive: (dataset: string) => Seen<ReadonlyMap<number, ArchivedPartition>> | null
  /** How many events of the history broke their contract. */
  readonly rejected: (dataset: string) => Seen<number> | null
}
