import type { OffsetRange } from '../ports/log.ts'

/** What was seen of the chain of a partition. */
export type ArchivedChain = {
  /** Where the chain of raw chunks ends. */
  readonly archived: bigint
  /** What the log deleted before it was archived. */
  readonly losses: readonly OffsetRange[]
  /** From here on `losses` are all there are; what lies below may hold more. */
  readonly lossesFrom: bigint
}

/** `endangered`: how many offsets are not archived, and are nearer to their deletion by the log than to their reception. */
export type ArchivedPartition = ArchivedChain & { readonly endangered: bigint }
