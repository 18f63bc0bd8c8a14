import type { Logger } from 'pino'
import type { OffsetRange } from '../../schemas/ports/log.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { positionOf } from '../../schemas/formats/tidemark.ts'
import { endangeredText } from '../../serving/answers/notes.ts'
import type { ArchivedChain, ArchivedPartition } from '../../schemas/formats/archived-chain.ts'

export type Retained = {
  /** What the log holds. */
  readonly held: ReadonlyMap<number, OffsetRange>
  /** Where the newer half of what its retention keeps begins. */
  readonly aging: Positions
}

/** What of each partition is endangered. One that has no chain yet is where the log begins, if it is in danger. */
export function withEndangered(
  chains: ReadonlyMap<number, ArchivedChain>,
  { held, aging }: Retained,
): ReadonlyMap<number, ArchivedPartition> {
  const known = [...chains].map(([partition, chain]): [number, ArchivedPartition] => [
    partition,
    { ...chain, endangered: distance(chain.archived, positionOf(aging, partition)) },
  ])
  const unknown = [...aging].flatMap(([partition, until]): [number, ArchivedPartition][] => {
    const first = held.get(partition)?.firstOffset ?? until
    const endangered = distance(first, until)
    return chains.has(partition) || endangered === 0n
      ? []
      : [[partition, { archived: first, losses: [], lossesFrom: first, endangered }]]
  })
  return new Map([...known, ...unknown])
}

function distance(from: bigint, to: bigint): bigint {
  return to > from ? to - from : 0n
}

/** Says once when what is not archived comes near its deletion, and once when it no longer does. */
export class EndangeredLog {
  readonly #logger: Logger
  readonly #topic: string
  readonly #warned = new Set<number>()

  constructor(logger: Logger, topic: string) {
    this.#logger = logger
    this.#topic = topic
  }

  note(partitions: ReadonlyMap<number, Pick<ArchivedPartition, 'archived' | 'endangered'>>): void {
    for (const [partition, archived] of partitions) {
      const name = `${this.#topic}/${partition}`
      const isEndangered = archived.endangered > 0n
      if (isEndangered === this.#warned.has(partition)) continue
      if (isEndangered) this.#warned.add(partition)
      else this.#warned.delete(partition)
      if (isEndangered) this.#logger.warn({ partition: name }, endangeredText(name, archived))
      else this.#logger.info({ partition: name }, `${name}: what was near its deletion by the log is archived or gone`)
    }
  }
}
