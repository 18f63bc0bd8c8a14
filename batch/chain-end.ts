import type { Session } from '../schemas/ports/engine.ts'
import { AppError } from '../schemas/errors.ts'
import type { EventLog } from '../schemas/ports/log.ts'
import { loadNewest } from '../schemas/formats/manifest.ts'
import { createChainStart, listChunks, loadChainStarts, readChain } from '../schemas/formats/raw-chain.ts'
import type { ChainStart } from '../schemas/formats/raw-chain.ts'
import { checkedChunk } from '../schemas/formats/raw-chunk.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'

export type ChainSource = {
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
export async function openChains({ log, store, session, topic }: ChainSource): Promise<ReadonlyMap<number, bigint>> {
  const [logIdentity, bounds, known] = await Promise.all([
    log.identity(topic),
    log.bounds(topic),
    loadChainStarts(store, topic),
  ])
  const ends = new Map<number, bigint>()
  for (const start of known) {
    checkIdentity(start, { logIdentity, store, log, topic })
    if (!bounds.has(start.partition))
      throw recreated(
        `${topic}/${start.partition} is archived in ${store.description}, but ${log.description} has no such partition`,
      )
  }
  for (const [partition, { firstOffset }] of bounds) {
    const start =
      known.find((chain) => chain.partition === partition) ??
      (await createChainStart(store, topic, { partition, firstOffset, logIdentity }))
    checkIdentity(start, { logIdentity, store, log, topic })
    ends.set(partition, await chainEnd(store, session, topic, start))
  }
  // Read after the chains: another archiver may have gone on meanwhile, with events that the log has only had since.
  const now = await log.bounds(topic)
  for (const [partition, end] of ends) {
    const logEnd = now.get(partition)?.nextOffset ?? 0n
    if (end > logEnd)
      throw recreated(
        `${topic}/${partition} is archived up to ${end} in ${store.description}, but ${log.description} ends at ${logEnd}`,
      )
  }
  return ends
}

/**
 * Throws LOG_FOREIGN where the store holds anything of another log: a role that has no archiver would mix the two. Creates
 * nothing.
 */
export async function requireOwnStore({
  log,
  store,
  topic,
  dataset,
}: Pick<ChainSource, 'log' | 'store' | 'topic'> & { dataset: string }): Promise<void> {
  const logIdentity = await log.identity(topic)
  for (const start of await loadChainStarts(store, topic)) checkIdentity(start, { logIdentity, store, log, topic })
  const newest = await loadNewest(store, dataset)
  if (newest !== null) checkIdentity({ logIdentity: newest.log_identity }, { logIdentity, store, log, topic })
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

function checkIdentity(
  start: Pick<ChainStart, 'logIdentity'>,
  { logIdentity, store, log, topic }: { logIdentity: string; store: ObjectStore; log: EventLog; topic: string },
): void {
  if (start.logIdentity === logIdentity) return
  throw new AppError(
    'LOG_FOREIGN',
    `${store.description} holds ${topic} of another log (${start.logIdentity}); ${log.description} is ${logIdentity}: use the store that belongs to this log, or an empty one`,
  )
}

function recreated(fact: string): AppError {
  return new AppError(
    'LOG_RECREATED',
    `${fact}: the log was deleted or made again. Use an empty store for the new log, or restore the old log`,
  )
}
