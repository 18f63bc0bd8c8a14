import type { Session } from '../../schemas/ports/engine.ts'
import { listChunks, listNewestChunks, loadChainStarts, readChain } from '../../schemas/formats/raw-chain.ts'
import type { ChainStart, ChunkObject } from '../../schemas/formats/raw-chain.ts'
import { checkedChunk } from '../../schemas/formats/raw-chunk.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { ArchivedChain } from '../../schemas/formats/archived-chain.ts'

export type ChainWatchOptions = {
  readonly store: ObjectStore
  readonly session: Session
  readonly topic: string
  /** The log's ends by partition, as far as they are known. Chains of those that have none yet are looked for. */
  readonly logEnds: () => Promise<ReadonlyMap<number, bigint>>
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
    const logEnds = await this.#options.logEnds()
    await this.#findChains(logEnds)
    for (const chain of this.#chains.values()) await this.#follow(chain, logEnds.get(chain.start.partition) ?? 0n)
    return new Map([...this.#chains].map(([partition, { start: _start, ...archived }]) => [partition, archived]))
  }

  async #findChains(logEnds: ReadonlyMap<number, bigint>): Promise<void> {
    const { store, topic } = this.#options
    if (this.#chains.size > 0 && [...logEnds.keys()].every((partition) => this.#chains.has(partition))) return
    for (const start of await loadChainStarts(store, topic)) {
      if (this.#chains.has(start.partition)) continue
      const { partition, firstOffset } = start
      this.#chains.set(partition, { start, archived: firstOffset, losses: [], lossesFrom: firstOffset })
    }
  }

  async #follow({ start, archived }: Chain, logEnd: bigint): Promise<void> {
    const { store, session, topic, bytesMax } = this.#options
    const { partition, logIdentity } = start
    const from = { partition, from: archived }
    const fresh =
      archived === start.firstOffset
        ? await listNewestChunks(store, topic, { ...from, logEnd, bytesMin: bytesMax })
        : await listChunks(store, topic, from)
    const read = newestChunks(fresh, bytesMax)
    const [first] = read
    if (first !== undefined && first.firstOffset > archived) {
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
