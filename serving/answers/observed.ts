import type { ArchivedPartition } from '../../schemas/formats/archived-chain.ts'
import type { Seen } from '../../schemas/async/watch.ts'
import type { OffsetRange } from '../../schemas/ports/log.ts'
import type { EngineMemory } from '../replica/engine-memory.ts'

/**
 * Facts that are read at intervals and not for each request, so that a probe never hangs on an engine, a log or a store
 * that does not answer. Each is null until it has been read once.
 */
export type Observed = {
  readonly memory: () => Seen<EngineMemory> | null
  /** The offsets that the log holds of a dataset's topic, by partition. */
  readonly log: (dataset: string) => Seen<ReadonlyMap<number, OffsetRange>> | null
  readonly archive: (dataset: string) => Seen<ReadonlyMap<number, ArchivedPartition>> | null
  /** How many events of the dataset's history broke their contract. */
  readonly rejected: (dataset: string) => Seen<number> | null
}
