import type { OffsetRange } from '../../schemas/ports/log.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { offsetsBetween } from '../../schemas/formats/offset-ranges.ts'
import { positionOf } from '../../schemas/formats/tidemark.ts'
import type { VerifiedChain } from './verify-chains.ts'

export type VerifiedPartition = {
  readonly partition: number
  /** The chain's first offset. Each offset of the chain is a record, a gap or a loss. */
  readonly firstOffset: bigint
  readonly nextOffset: bigint
  readonly chunkCount: number
  readonly losses: readonly OffsetRange[]
  /** How many offsets of the log are not archived yet. This is no difference. */
  readonly unarchivedCount: bigint
  /** How many offsets of the chain are in no generation yet. */
  readonly unbatchedCount: bigint
}

/** How far each partition of the log is archived and batched. */
export function verifiedPartitions(
  chains: readonly VerifiedChain[],
  { bounds, manifest }: { bounds: ReadonlyMap<number, OffsetRange>; manifest: Manifest | null },
): readonly VerifiedPartition[] {
  const partitions = new Set([...bounds.keys(), ...chains.map(({ start }) => start.partition)])
  return [...partitions]
    .toSorted((a, b) => a - b)
    .map((partition) => {
      const chain = chains.find(({ start }) => start.partition === partition)
      const { firstOffset = 0n, nextOffset: logEnd = 0n } = bounds.get(partition) ?? {}
      const chainStart = chain?.start.firstOffset ?? firstOffset
      const nextOffset = chain?.nextOffset ?? chainStart
      const tidemark = manifest === null ? chainStart : positionOf(manifest.tidemark, partition)
      return {
        partition,
        firstOffset: chainStart,
        nextOffset,
        chunkCount: chain?.chunks.length ?? 0,
        losses: (chain?.chunks ?? []).flatMap(({ footer }) => footer.losses),
        unarchivedCount: offsetsBetween(nextOffset, logEnd),
        unbatchedCount: offsetsBetween(tidemark > chainStart ? tidemark : chainStart, nextOffset),
      }
    })
}
