import type { OffsetRange } from '../ports/log.ts'

/** What is known of the raw chunks of a partition. */
export type ArchivedChain = {
  /** The offset where the chain of raw chunks ends. */
  readonly archived: bigint
  /** Offsets that the log deleted before they were archived. */
  readonly losses: readonly OffsetRange[]
  /** `losses` is complete from this offset on. There may be more below. */
  readonly lossesFrom: bigint
}

/** `endangered`: how many offsets are not archived although more than half of the log's retention has passed. */
export type ArchivedPartition = ArchivedChain & { readonly endangered: bigint }
