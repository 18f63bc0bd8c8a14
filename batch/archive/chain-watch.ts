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
  /** The partitions that are known to exist: one without a chain yet is looked for. */
  readonly partitions: () => Iterable<number>
  /** What one look reads of a partition, its newest chunk aside. What lies before that is not searched for losses. */
  readonly bytesMax: number
}

/** Chunks whose footers are read at a time. */
const chunksMax = 64

type Chain = ArchivedChain & { readonly start: ChainStart }

/** The chains of a topic, by what was seen of them: chunks do not change, so each look lists and reads what is new. */
export class ChainWatch {
  readonly #options: ChainWatchOptions
  readonly #chains = new Map<number, Chain>()

  constructor(options: ChainWatchOptions) {
    this.#options = options
  }

  /** One at a time. What a failed look has seen is kept. */
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

/** The newest one, and those before it as far as they have room together. */
function newestChunks(chunks: readonly ChunkObject[], bytesMax: number): readonly ChunkObject[] {
  let bytes = 0
  const first = chunks.findLastIndex((chunk, index) => {
    bytes += chunk.bytes
    return bytes > bytesMax && index < chunks.length - 1
  })
  return chunks.slice(first + 1)
}
