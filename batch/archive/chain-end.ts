import type { Session } from '../../schemas/ports/engine.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import { createChainStart, listChunks, loadChainStarts, readChain } from '../../schemas/formats/raw-chain.ts'
import type { ChainStart } from '../../schemas/formats/raw-chain.ts'
import { checkedChunk } from '../../schemas/formats/raw-chunk.ts'
import { foreignLog, refuseMismatch, requireReach, shortLog } from '../../schemas/formats/store-of-log.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'

/** A topic, and what its chains are read and continued with. */
type ArchivedTopic = {
  readonly log: EventLog
  readonly store: ObjectStore
  readonly session: Session
  readonly topic: string
}

/**
 * Per partition, the offset at which the next chunk starts. A partition without a chain gets one, which starts where the
 * log does. Throws LOG_FOREIGN where the store belongs to another log, LOG_RECREATED where the log ends below what was
 * archived: events would hide below an old tidemark.
 */
export async function openChains({ log, store, session, topic }: ArchivedTopic): Promise<ReadonlyMap<number, bigint>> {
  const [logIdentity, bounds, known] = await Promise.all([
    log.identity(topic),
    log.bounds(topic),
    loadChainStarts(store, topic),
  ])
  const place = { topic, store, log, logIdentity }
  for (const start of known) {
    refuseMismatch(foreignLog(place, start))
    const { partition } = start
    if (bounds.has(partition)) continue
    const archived = await chainEnd(store, session, topic, start)
    refuseMismatch(shortLog(place, { partition, archived, logEnd: undefined }))
  }
  const ends = new Map<number, bigint>()
  for (const [partition, { firstOffset }] of bounds) {
    const start =
      known.find((chain) => chain.partition === partition) ??
      (await createChainStart(store, topic, { partition, firstOffset, logIdentity }))
    refuseMismatch(foreignLog(place, start))
    ends.set(partition, await chainEnd(store, session, topic, start))
  }
  // Read after the chains: another archiver may have gone on meanwhile, with events that the log has only had since.
  requireReach(place, { archived: ends, logEnds: endsOf(await log.bounds(topic)) })
  return ends
}

/** Where a chain ends: what its last chunk says. */
export async function chainEnd(
  store: ObjectStore,
  session: Session,
  topic: string,
  start: ChainStart,
): Promise<bigint> {
  const chunks = await listChunks(store, topic, { partition: start.partition, from: start.firstOffset })
  const last = chunks.at(-1)
  if (last === undefined) return start.firstOffset
  const [footer] = await store.withFiles([checkedChunk(last)], (paths) =>
    readChain(session, [last], paths, start.logIdentity),
  )
  return footer?.nextOffset ?? start.firstOffset
}
