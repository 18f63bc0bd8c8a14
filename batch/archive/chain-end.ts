import type { Session } from '../../schemas/ports/engine.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import { createChainStart, listNewestChunks, loadChainStarts, readChain } from '../../schemas/formats/raw-chain.ts'
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
    const archived = await chainEnd({ store, session, topic }, start, 0n)
    refuseMismatch(shortLog(place, { partition, archived, logEnd: undefined }))
  }
  const ends = new Map<number, bigint>()
  for (const [partition, { firstOffset, nextOffset }] of bounds) {
    const start =
      known.find((chain) => chain.partition === partition) ??
      (await createChainStart(store, topic, { partition, firstOffset, logIdentity }))
    refuseMismatch(foreignLog(place, start))
    ends.set(partition, await chainEnd({ store, session, topic }, start, nextOffset))
  }
  // Read the log's ends after the chains, because another archiver may archive new events meanwhile.
  requireReach(place, { archived: ends, logEnds: endsOf(await log.bounds(topic)) })
  return ends
}

/** The end of a chain, from the footer of its last chunk, which is looked for from the log's end back. */
export async function chainEnd(
  { store, session, topic }: Pick<ArchivedTopic, 'store' | 'session' | 'topic'>,
  { partition, firstOffset, logIdentity }: ChainStart,
  logEnd: bigint,
): Promise<bigint> {
  const chunks = await listNewestChunks(store, topic, { partition, from: firstOffset, logEnd, bytesMin: 0 })
  const last = chunks.at(-1)
  if (last === undefined) return firstOffset
  const [footer] = await store.withFiles([checkedChunk(last)], (paths) =>
    readChain(session, [last], paths, logIdentity),
  )
  return footer?.nextOffset ?? firstOffset
}
