import type { Session } from '../../schemas/ports/engine.ts'
import type { OffsetRange } from '../../schemas/ports/log.ts'
import { listChunks, readChain } from '../../schemas/formats/raw-chain.ts'
import type { ChainStart } from '../../schemas/formats/raw-chain.ts'
import { checkedChunk } from '../../schemas/formats/raw-chunk.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'

export type LossSource = {
  readonly store: ObjectStore
  readonly session: Session
  readonly topic: string
  readonly start: ChainStart
  /** Larger chains are not read. */
  readonly bytesMax: number
}

/** Chunks whose footers are read at a time. */
const chunksMax = 64

/**
 * Offsets of a partition that the log deleted before they were archived, from the footers of all chunks. Null if the
 * chain is larger than `bytesMax`.
 */
export async function loadLosses({
  store,
  session,
  topic,
  start,
  bytesMax,
}: LossSource): Promise<readonly OffsetRange[] | null> {
  const chunks = await listChunks(store, topic, { partition: start.partition, from: start.firstOffset })
  if (chunks.reduce((sum, { bytes }) => sum + bytes, 0) > bytesMax) return null
  const losses: OffsetRange[] = []
  for (let first = 0; first < chunks.length; first += chunksMax) {
    const group = chunks.slice(first, first + chunksMax)
    const footers = await store.withFiles(group.map(checkedChunk), (paths) =>
      readChain(session, group, paths, start.logIdentity),
    )
    losses.push(...footers.flatMap((footer) => footer.losses))
  }
  return losses
}
