import type { Session } from '../../schemas/ports/engine.ts'
import { listChunks, loadChainStarts, readChain } from '../../schemas/formats/raw-chain.ts'
import type { ChainStart, ChunkObject } from '../../schemas/formats/raw-chain.ts'
import { checkedChunk } from '../../schemas/formats/raw-chunk.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { ArchivedChain } from '../../schemas/formats/archived-chain.ts'

export type ChainWatchOptions = {
  readonly store: ObjectStore
  readonly session: Session
  readonly topic: string
  /** The known partitions. Chains of those that have none yet are looked for. */
  readonly partitions: () => Iterable<number>
  /**
   * How many bytes of chunks one look reads of a partition, besides its newest chunk. Losses in older chunks are not
   * found.
   */
  readonly bytesMax: number
}

/** Chunks whose footers are read at a time. */
const chunksMax = 64

type Chain = ArchivedChain & { readonly start: ChainStart }

/** Watches the chains of a topic. Chunks never change, so each look reads only new ones. */
export class ChainWatch {
  readonly #options: ChainWatchOptions
  readonly #chains = new Map<number, Chain>()

  constructor(options: ChainWatchOptions) {
    this.#options = options
  }

  /** Looks once; never call it twice at a time. A look that fails keeps what it has read. */
  async look(): Promise<ReadonlyMap<number, ArchivedChain>> {
    await this.#findChains()
    for (const chain of this.#chains.values()) await this.#follow(chain)
    return new Map([...this.#chains].map(([partition, { start: _start, ...archived }]) => [partition, archived]))
  }

  async #findChains(): Promise<void> {
    const { store, topic, partitions } = this.#options
    if (this.#chains.size > 0 && [...partitions()].every((partition) => this.#chains.has(partition))) return
    for (const start of await loadChainStarts(store, topic)) {
      if (this.#chains.has(start.partition)) continue
      const { partition, firstOffset } = start
      this.#chains.set(partition, { start, archived: firstOffset, losses: [], lossesFrom: firstOffset })
    }
  }

  async #follow({ start: { partition, logIdentity }, archived }: Chain): Promise<void> {
    const { store, session, topic, bytesMax } = this.#options
    const fresh = await listChunks(store, topic, { partition, from: archived })
    const read = newestChunks(fresh, bytesMax)
    const [first] = read
    if (first !== undefined && read.length < fresh.length) {
      this.#extend(partition, { archived: first.firstOffset, losses: [], lossesFrom: first.firstOffset })
    }
    for (let next = 0; next < read.length; next += chunksMax) {
      const group = read.slice(next, next + chunksMax)
      const footers = await store.withFiles(group.map(checkedChunk), (paths) =>
        readChain(session, group, paths, logIdentity),
      )
      const end = footers.at(-1)?.nextOffset
      if (end !== undefined) this.#extend(partition, { archived: end, losses: footers.flatMap(({ losses }) => losses) })
    }
  }

  #extend(partition: number, { losses, ...further }: Partial<ArchivedChain> & Pick<Chain, 'losses'>): void {
    const chain = this.#chains.get(partition)
    if (chain !== undefined) this.#chains.set(partition, { ...chain, ...further, losses: [...chain.losses, ...losses] })
  }
}

/** The newest chunk, and the ones before it as long as all have room in `bytesMax`. */
function newestChunks(chunks: readonly ChunkObject[], bytesMax: number): readonly ChunkObject[] {
  let bytes = 0
  const first = chunks.findLastIndex((chunk, index) => {
    bytes += chunk.bytes
    return bytes > bytesMax && index < chunks.length - 1
  })
  return chunks.slice(first + 1)
}
