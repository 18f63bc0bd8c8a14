import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import type { Session } from '../schemas/ports/engine.ts'
import { listChunks, loadChainStarts, readChain } from '../schemas/formats/raw-chain.ts'
import type { ChainStart } from '../schemas/formats/raw-chain.ts'
import { checkedChunk } from '../schemas/formats/raw-chunk.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { positionOf } from '../schemas/formats/tidemark.ts'
import type { SpeedView } from './speed-view.ts'

/** The bytes of chunks that are folded at once. */
const groupBytesMax = 64 * 1024 * 1024

export type ChunkLoad = {
  readonly dataset: DefinedDataset
  readonly store: ObjectStore
  readonly session: Session
  readonly view: SpeedView
}

/**
 * Folds the raw chunks beyond the view's positions. This is faster than reading the log, and chunks may hold events
 * that the log has deleted. If the view has no position in a partition, it starts where the chain does.
 */
export async function loadChunks(load: ChunkLoad): Promise<void> {
  for (const start of await loadChainStarts(load.store, load.dataset.topic)) await loadChain(load, start)
}

async function loadChain({ dataset, store, session, view }: ChunkLoad, start: ChainStart): Promise<void> {
  const { partition } = start
  await view.startAt(partition, start.firstOffset)
  const { positions, tidemark } = view.state()
  const position = positionOf(positions, partition)
  // A tidemark is always where a chunk begins. The position of a view that has read the log may be within a chunk.
  const border = tidemark.get(partition) ?? start.firstOffset
  const listed = await listChunks(store, dataset.topic, { partition, from: border })
  let chunks = listed.slice(
    Math.max(
      0,
      listed.findLastIndex(({ firstOffset }) => firstOffset <= position),
    ),
  )
  while (chunks.length > 0) {
    const group = takeBytes(chunks, groupBytesMax)
    await store.withFiles(group.map(checkedChunk), async (paths) => {
      const footers = await readChain(session, group, paths, start.logIdentity)
      const fresh = footers.findIndex(({ nextOffset }) => nextOffset > position)
      if (fresh !== -1) await view.applyChunks(paths.slice(fresh), footers.slice(fresh))
    })
    chunks = chunks.slice(group.length)
  }
}

function takeBytes<T extends { readonly bytes: number }>(items: readonly T[], bytesMax: number): readonly T[] {
  let bytes = 0
  const end = items.findIndex((item) => (bytes += item.bytes) > bytesMax)
  return end === -1 ? items : items.slice(0, Math.max(end, 1))
}
