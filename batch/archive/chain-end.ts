import type { Session } from '../../schemas/ports/engine.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import { createChainStart, listChunks, loadChainStarts, readChain } from '../../schemas/formats/raw-chain.ts'
import type { ChainStart } from '../../schemas/formats/raw-chain.ts'
import { checkedChunk } from '../../schemas/formats/raw-chunk.ts'
import { foreignLog, refuseMismatch, requireReach, shortLog } from '../../schemas/formats/store-of-log.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'

/** A topic, with its log, its store and a session to read chunks. */
type ArchivedTopic = {
  readonly log: EventLog
  readonly store: ObjectStore
  readonly session: Session
  readonly topic: string
}

/**
 * Returns, per partition, the offset where the next chunk starts. Creates the chain of a partition that has none, at
 * the log's first offset. Throws LOG_FOREIGN if the store belongs to another log, LOG_RECREATED if the log ends below
 * the archived offsets: new events would hide below an old tidemark.
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
  // Read the log's ends after the chains, because another archiver may archive new events meanwhile.
  requireReach(place, { archived: ends, logEnds: endsOf(await log.bounds(topic)) })
  return ends
}

/** The end of a chain, from the footer of its last chunk. */
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
