import { chainEnd } from './archive/chain-end.ts'
import { loadLosses } from './archive/losses.ts'
import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import type { Session } from '../schemas/ports/engine.ts'
import type { EventLog, OffsetRange } from '../schemas/ports/log.ts'
import { loadNewestOf, loadOthers } from '../schemas/formats/generations.ts'
import type { Manifest } from '../schemas/formats/manifest.ts'
import { loadChainStarts } from '../schemas/formats/raw-chain.ts'
import type { ChainStart } from '../schemas/formats/raw-chain.ts'
import { foreignLog, shortLog } from '../schemas/formats/store-of-log.ts'
import { offsetsBetween } from '../schemas/formats/offset-ranges.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { positionOf } from '../schemas/formats/tidemark.ts'

export type StandingSource = {
  readonly dataset: DefinedDataset
  readonly log: EventLog
  readonly store: ObjectStore
  readonly session: Session
  /** Losses are looked for in chains up to this size. */
  readonly lossesBytesMax: number
}

export type PartitionStanding = {
  readonly partition: number
  /** The offsets that the log holds; null if it has no such partition. */
  readonly log: OffsetRange | null
  /** The end of the chain, or where it would start. */
  readonly archived: bigint
  readonly tidemark: bigint
  readonly unarchived: bigint
  readonly unbatched: bigint
  /** Null if the chain is too large to look for them. */
  readonly losses: readonly OffsetRange[] | null
}

export type DatasetStanding = {
  readonly dataset: DefinedDataset
  readonly logIdentity: string
  /** The newest generation of this declaration, or null. */
  readonly manifest: Manifest | null
  /** The newest generation of each other declaration, newest first. gc keeps their files until they are forgotten. */
  readonly others: readonly Manifest[]
  readonly partitions: readonly PartitionStanding[]
  /** Why the dataset cannot go on, for people. */
  readonly problems: readonly string[]
}

/**
 * Reads from log and store alone how far a dataset is. It reads the manifest first, then the chains, then the log:
 * others may write meanwhile, and nothing may seem to be ahead of what it is made from.
 */
export async function loadStanding(source: StandingSource): Promise<DatasetStanding> {
  const { dataset, log, store } = source
  const { newest, own: manifest } = await loadNewestOf(store, dataset)
  const starts = await loadChainStarts(store, dataset.topic)
  const before = await log.bounds(dataset.topic)
  const ends = new Map<number, bigint>()
  for (const start of starts) {
    const logEnd = before.get(start.partition)?.nextOffset ?? 0n
    ends.set(start.partition, await chainEnd({ ...source, topic: dataset.topic }, start, logEnd))
  }
  const [logIdentity, bounds] = [await log.identity(dataset.topic), await log.bounds(dataset.topic)]
  const numbers = [...new Set([...bounds.keys(), ...ends.keys()])].toSorted((a, b) => a - b)
  const partitions: PartitionStanding[] = []
  for (const partition of numbers) {
    const start = starts.find((known) => known.partition === partition)
    partitions.push({
      ...standing({ partition, held: bounds.get(partition) ?? null, start, end: ends.get(partition), manifest }),
      losses: await lossesOf(source, start),
    })
  }
  return {
    dataset,
    logIdentity,
    manifest,
    others: newest === null ? [] : await loadOthers(store, newest, dataset.hash),
    partitions,
    problems: problemsOf(source, { logIdentity, starts, partitions }),
  }
}

type Facts = {
  readonly partition: number
  readonly held: OffsetRange | null
  readonly start: ChainStart | undefined
  readonly end: bigint | undefined
  readonly manifest: Manifest | null
}

function standing({ partition, held, start, end, manifest }: Facts): Omit<PartitionStanding, 'losses'> {
  const first = start?.firstOffset ?? held?.firstOffset ?? 0n
  const archived = end ?? first
  const tidemark = manifest === null ? first : positionOf(manifest.tidemark, partition)
  const logEnd = held?.nextOffset ?? archived
  return {
    partition,
    log: held,
    archived,
    tidemark,
    unarchived: offsetsBetween(archived, logEnd),
    unbatched: offsetsBetween(tidemark, archived),
  }
}

async function lossesOf(
  { dataset: { topic }, store, session, lossesBytesMax: bytesMax }: StandingSource,
  start: ChainStart | undefined,
): Promise<readonly OffsetRange[] | null> {
  return start === undefined ? [] : await loadLosses({ store, session, topic, start, bytesMax })
}

function problemsOf(
  { dataset: { topic }, log, store }: StandingSource,
  facts: { logIdentity: string; starts: readonly ChainStart[]; partitions: readonly PartitionStanding[] },
): readonly string[] {
  const place = { topic, store, log, logIdentity: facts.logIdentity }
  const foreign = facts.starts.flatMap((start) => foreignLog(place, start) ?? [])
  const short = facts.partitions.flatMap(
    ({ partition, archived, log: held }) => shortLog(place, { partition, archived, logEnd: held?.nextOffset }) ?? [],
  )
  return [...foreign, ...short].map(({ subject, reason }) => `${subject} ${reason}`)
}
