import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import { isOutOfMemory } from '../schemas/ports/engine.ts'
import type { Session } from '../schemas/ports/engine.ts'
import { listChunks, loadChainStarts, readChain } from '../schemas/formats/raw-chain.ts'
import type { ChainStart, ChunkObject } from '../schemas/formats/raw-chain.ts'
import { checkedChunk } from '../schemas/formats/raw-chunk.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { positionOf } from '../schemas/formats/tidemark.ts'
import type { SpeedView } from './speed-view.ts'

/**
 * The bytes of chunks that are folded at once. Chunks are compressed: their events take five to ten times as many
 * bytes, and parsed events more than that.
 */
const groupBytesMaxDefault = 8 * 1024 * 1024

export type ChunkLoad = {
  readonly dataset: DefinedDataset
  readonly store: ObjectStore
  readonly session: Session
  readonly view: SpeedView
  /** The bytes of chunks that are folded at once, or one chunk. */
  readonly groupBytesMax?: number
}

/**
 * Folds the raw chunks beyond the view's positions. This is faster than reading the log, and chunks may hold events
 * that the log has deleted. If the view has no position in a partition, it starts where the chain does. Chunks
 * are passed over once a generation that covers them is attached.
 */
export async function loadChunks(load: ChunkLoad): Promise<void> {
  for (const start of await loadChainStarts(load.store, load.dataset.topic)) await loadChain(load, start)
}

async function loadChain(load: ChunkLoad, start: ChainStart): Promise<void> {
  const { dataset, store, view, groupBytesMax = groupBytesMaxDefault } = load
  const { partition } = start
  await view.startAt(partition, start.firstOffset)
  // A tidemark is always where a chunk begins. The position of a view that has read the log may be within a chunk.
  const border = view.state().tidemark.get(partition) ?? start.firstOffset
  let chunks = beyond(load, await listChunks(store, dataset.topic, { partition, from: border }))
  while (chunks.length > 0) {
    const group = takeBytes(chunks, groupBytesMax)
    await foldGroup(load, start, group)
    // A hand-over may have moved the view beyond the group.
    chunks = beyond(load, chunks.slice(group.length))
  }
}

/** If the engine runs out of memory, folds halves of the group, down to a single chunk. */
async function foldGroup(load: ChunkLoad, start: ChainStart, group: readonly ChunkObject[]): Promise<void> {
  const { store, session, view } = load
  try {
    await store.withFiles(group.map(checkedChunk), async (paths) => {
      const footers = await readChain(session, group, paths, start.logIdentity)
      const position = positionOf(view.state().positions, start.partition)
      const fresh = footers.findIndex(({ nextOffset }) => nextOffset > position)
      if (fresh !== -1) await view.applyChunks(paths.slice(fresh), footers.slice(fresh))
    })
  } catch (error) {
    if (!isOutOfMemory(error) || group.length === 1) throw error
    const half = Math.ceil(group.length / 2)
    await foldGroup(load, start, group.slice(0, half))
    await foldGroup(load, start, group.slice(half))
  }
}

/** Returns the chunks from the one on that holds the view's position. */
function beyond({ view }: ChunkLoad, chunks: readonly ChunkObject[]): readonly ChunkObject[] {
  const position = positionOf(view.state().positions, chunks[0]?.partition ?? 0)
  return chunks.slice(
    Math.max(
      0,
      chunks.findLastIndex(({ firstOffset }) => firstOffset <= position),
    ),
  )
}

function takeBytes<T extends { readonly bytes: number }>(items: readonly T[], bytesMax: number): readonly T[] {
  let bytes = 0
  const end = items.findIndex((item) => (bytes += item.bytes) > bytesMax)
  return end === -1 ? items : items.slice(0, Math.max(end, 1))
}
