import { chainEnd } from './archive/chain-end.ts'
import { loadLosses } from './archive/losses.ts'
import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import type { Session } from '../schemas/ports/engine.ts'
import type { EventLog, OffsetRange } from '../schemas/ports/log.ts'
import { loadNewest } from '../schemas/formats/manifest.ts'
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
  /** Losses of chains up to this size are looked for. */
  readonly lossesBytesMax: number
}

export type PartitionStanding = {
  readonly partition: number
  /** What the log holds; null where the log has no such partition. */
  readonly log: OffsetRange | null
  /** Where the chain ends, or would start. */
  readonly archived: bigint
  readonly tidemark: bigint
  readonly unarchived: bigint
  readonly unbatched: bigint
  /** Null where they were not looked for. */
  readonly losses: readonly OffsetRange[] | null
}

export type DatasetStanding = {
  readonly dataset: DefinedDataset
  readonly logIdentity: string
  readonly manifest: Manifest | null
  readonly partitions: readonly PartitionStanding[]
  /** What keeps the dataset from going on, for people. */
  readonly problems: readonly string[]
}

/**
 * Where a dataset stands, from log and store alone. The manifest is read before the chains and those before the log, so
 * that with others writing meanwhile none seems behind the one it is made of.
 */
export async function loadStanding(source: StandingSource): Promise<DatasetStanding> {
  const { dataset, log, store } = source
  const manifest = await loadNewest(store, dataset.name)
  const starts = await loadChainStarts(store, dataset.topic)
  const ends = new Map<number, bigint>()
  for (const start of starts) ends.set(start.partition, await chainEnd(store, source.session, dataset.topic, start))
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
