import type { PartitionRanges } from '../formats/offset-ranges.ts'
import type { Positions, Tidemark } from '../formats/tidemark.ts'

/** What a replica stands on. It changes in the transaction that changes the rows, so that a reader sees both or neither. */
export type ReplicaState = {
  readonly generation: number
  readonly tidemark: Tidemark
  /** The first offset of each partition that is not in the merged view. */
  readonly positions: Positions
  /** Offsets below `positions` that the merged view lacks: the log deleted them before they were archived and read. */
  readonly lost: PartitionRanges
  /** The newest event time, never later than its reception; epoch milliseconds. */
  readonly streamTime: number | null
}

export type NextGeneration = {
  readonly generation: number
  readonly tidemark: Tidemark
  /** Offsets below its tidemark that the generation lacks. */
  readonly lost: PartitionRanges
  readonly streamTime: number | null
  /** Statements that point the batch side's views at the generation's rows. */
  readonly viewStatements: readonly string[]
}

/** How far the speed layer of a dataset has read the log, for those who wait for it. */
export interface SpeedProgress {
  /** The state of the last commit. */
  state(): ReplicaState
  /** Resolves once the speed view has reached these positions, or the signal aborts. */
  reach(target: Positions, signal?: AbortSignal): Promise<void>
  /**
   * Says that the view is about to be read. A view that nobody reads rests: it folds seldom. After a rest this resolves
   * once all that was received until the first call is in the view, or after `withinMs`; else at once.
   */
  wake(withinMs: number): Promise<void>
  /** Resolves once records up to these positions were read, in the speed view or not yet, or the signal aborts. */
  receive(target: Positions, signal?: AbortSignal): Promise<void>
  /**
   * When the oldest record that was read but is not in the speed view was received; epoch milliseconds, null if there
   * is none. If the log does not say when it received the record, when it was read.
   */
  readonly oldestPending: number | null
}

/**
 * The recent part of one dataset: the speed view, in memory, and what fills it. It is open over generation 0, whose tables
 * are empty. Whatever moves its positions wakes those who wait for them.
 */
export interface SpeedLayer extends SpeedProgress {
  /**
   * Shows readers another generation and drops what it covers, as one step. A generation whose tidemark lies beyond what
   * was read makes the speed view jump to it. Never goes back: an older generation, or one whose tidemark lies before the
   * attached one's in any partition, is refused with MANIFEST_CORRUPT and changes nothing.
   */
  handOver(next: NextGeneration): Promise<void>
  /** Folds the raw chunks beyond its positions: in bulk, and what the log holds no longer. A repeat folds what is new. */
  loadChunks(): Promise<void>
  /** Follows the log from its positions on. A repeat does nothing. */
  start(): void
  /** Resolves after `close()`; rejects when following the log ended for any other reason. */
  readonly ended: Promise<void>
  /** Call it when no other call is running. Resolves once the last fold has ended. May be called twice. */
  close(): Promise<void>
}
