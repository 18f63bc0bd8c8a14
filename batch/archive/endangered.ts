import type { ArchivedChain, ArchivedPartition } from '../../schemas/formats/archived-chain.ts'
import { offsetsBetween } from '../../schemas/formats/offset-ranges.ts'
import { positionOf } from '../../schemas/formats/tidemark.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import type { OffsetRange } from '../../schemas/ports/log.ts'

export type Retained = {
  /** Per partition, the offsets that the log holds. */
  readonly held: ReadonlyMap<number, OffsetRange>
  /** Per partition, the first offset of the newer half of what the log's retention keeps. */
  readonly aging: Positions
}

/**
 * Adds to each chain how many offsets are endangered. A partition without a chain counts from the log's first offset,
 * and is listed only if offsets are endangered.
 */
export function withEndangered(
  chains: ReadonlyMap<number, ArchivedChain>,
  { held, aging }: Retained,
): ReadonlyMap<number, ArchivedPartition> {
  const known = [...chains].map(([partition, chain]): [number, ArchivedPartition] => [
    partition,
    { ...chain, endangered: offsetsBetween(chain.archived, positionOf(aging, partition)) },
  ])
  const unknown = [...aging].flatMap(([partition, until]): [number, ArchivedPartition][] => {
    const first = held.get(partition)?.firstOffset ?? until
    const endangered = offsetsBetween(first, until)
    return chains.has(partition) || endangered === 0n
      ? []
      : [[partition, { archived: first, losses: [], lossesFrom: first, endangered }]]
  })
  return new Map([...known, ...unknown])
}
