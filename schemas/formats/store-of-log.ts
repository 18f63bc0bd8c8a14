import { AppError } from '../errors.ts'
import type { EventLog } from '../ports/log.ts'
import type { ObjectStore } from '../ports/store.ts'
import { loadNewest } from './generations.ts'
import { loadChainStarts } from './raw-chain.ts'
import type { Positions } from './tidemark.ts'

/**
 * The one rule between a store and its log: the store holds records of this log alone, and the log reaches as far as the
 * store. Where either is broken, new events would hide below an old tidemark.
 */

/** A topic of a log, and the store that is said to hold it. */
export type StoreAndLog = {
  readonly topic: string
  readonly store: Pick<ObjectStore, 'description'>
  readonly log: Pick<EventLog, 'description'>
  readonly logIdentity: string
}

/** Why a store is not that of a log. Subject and reason together are a sentence for people, and end with what to do. */
export type Mismatch = {
  readonly code: 'LOG_FOREIGN' | 'LOG_RECREATED'
  /** `rsvp`, or `rsvp/0`. */
  readonly subject: string
  readonly reason: string
}

/** LOG_FOREIGN where what the store holds, of the whole topic or of a partition, was taken from another log. Else null. */
export function foreignLog(
  { topic, store, log, logIdentity }: StoreAndLog,
  held: { readonly logIdentity: string; readonly partition?: number },
): Mismatch | null {
  if (held.logIdentity === logIdentity) return null
  return {
    code: 'LOG_FOREIGN',
    subject: held.partition === undefined ? topic : `${topic}/${held.partition}`,
    reason: `in ${store.description} is of another log (${held.logIdentity}); ${log.description} is ${logIdentity}: use the store that belongs to this log, or an empty one`,
  }
}

/** LOG_RECREATED where a partition of the log ends below `archived`, or where there is none (`logEnd` undefined). Else null. */
export function shortLog(
  { topic, store, log }: Omit<StoreAndLog, 'logIdentity'>,
  { partition, archived, logEnd }: { partition: number; archived: bigint; logEnd: bigint | undefined },
): Mismatch | null {
  if (logEnd !== undefined && archived <= logEnd) return null
  const fact = logEnd === undefined ? 'has no such partition' : `ends at ${logEnd}`
  return {
    code: 'LOG_RECREATED',
    subject: `${topic}/${partition}`,
    reason: `is archived up to ${archived} in ${store.description}, but ${log.description} ${fact}: the log was deleted or made again. Use an empty store for the new log, or restore the old log`,
  }
}

/** Throws what `foreignLog` or `shortLog` found. */
export function refuseMismatch(mismatch: Mismatch | null): void {
  if (mismatch !== null) throw new AppError(mismatch.code, `${mismatch.subject} ${mismatch.reason}`)
}

/** Throws LOG_RECREATED where the log ends below what was archived of it. */
export function requireReach(
  place: Omit<StoreAndLog, 'logIdentity'>,
  { archived, logEnds }: { readonly archived: Positions; readonly logEnds: Positions },
): void {
  for (const [partition, position] of archived)
    refuseMismatch(shortLog(place, { partition, archived: position, logEnd: logEnds.get(partition) }))
}

/** Throws LOG_FOREIGN where the parts that the store holds of a topic were taken from more than one log. */
export function requireOneLog(
  { topic, store }: Pick<StoreAndLog, 'topic' | 'store'>,
  parts: readonly { readonly logIdentity: string }[],
): void {
  const identities = new Set(parts.map(({ logIdentity }) => logIdentity))
  if (identities.size <= 1) return
  throw new AppError(
    'LOG_FOREIGN',
    `${store.description} holds ${topic} of several logs (${[...identities].join(', ')}): restore the store from a copy`,
  )
}

/** Throws LOG_FOREIGN where anything that the store holds of a dataset was taken from another log. Creates nothing. */
export async function requireOwnStore({
  log,
  store,
  topic,
  dataset,
}: {
  readonly log: EventLog
  readonly store: ObjectStore
  readonly topic: string
  readonly dataset: string
}): Promise<void> {
  const place = { topic, store, log, logIdentity: await log.identity(topic) }
  for (const { logIdentity } of await loadChainStarts(store, topic)) refuseMismatch(foreignLog(place, { logIdentity }))
  const newest = await loadNewest(store, dataset)
  if (newest !== null) refuseMismatch(foreignLog(place, { logIdentity: newest.log_identity }))
}
