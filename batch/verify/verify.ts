import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { withEngine, withSession } from '../../schemas/ports/engine.ts'
import type { Engine, Session } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import type { EventLog, OffsetRange } from '../../schemas/ports/log.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { partitionRangesJson, without } from '../../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../../schemas/formats/offset-ranges.ts'
import { lossesOf } from '../../schemas/formats/raw-chunk.ts'
import { foreignLog, shortLog } from '../../schemas/formats/store-of-log.ts'
import type { StoreAndLog } from '../../schemas/formats/store-of-log.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { compareWithLog } from './compare-log.ts'
import { compareTables } from './compare-tables.ts'
import { stageAndCompare } from './compare-verdicts.ts'
import { Findings } from './findings.ts'
import type { Difference, DigestCounts } from './findings.ts'
import { createBase, foldChunks } from '../fold-chunks.ts'
import { delta, Segments } from '../segments.ts'
import { verifyChains } from './verify-chains.ts'
import type { VerifiedChain } from './verify-chains.ts'
import { verifyManifests } from './verify-manifests.ts'
import { verifiedPartitions } from './verified-partitions.ts'
import type { VerifiedPartition } from './verified-partitions.ts'

export type VerifyStep = 'chains' | 'log' | 'tables'

export type VerifyOptions = {
  readonly dataset: DefinedDataset
  readonly log: EventLog
  readonly store: ObjectStore
  /** Opens a new engine; the verification closes it. */
  readonly openEngine: () => Promise<Engine>
  readonly workFolder: string
  readonly groupBytesMax: number
  readonly segmentBytesMax: number
  /** How many examples of a difference the report names. */
  readonly examplesMax: number
  readonly onProgress?: (step: VerifyStep, done: number, total: number) => void
}

export type VerifyReport = {
  readonly dataset: string
  /** Null before the first generation. */
  readonly manifest: Manifest | null
  readonly partitions: readonly VerifiedPartition[]
  readonly comparedWithLog: number
  /** How many rows of each table were compared; null if none were, which a note or a difference explains. */
  readonly rows: Readonly<Record<string, number>> | null
  readonly digests: DigestCounts
  readonly differences: readonly Difference[]
  /** Offsets that the log deleted before they were archived. This is no difference, since all layers lack them. */
  readonly lost: PartitionRanges
  readonly notes: readonly string[]
}

/**
 * Checks all that the batch layer holds: every archived offset is in exactly one chunk, the chunks match the log, each
 * generation follows the one before, stored verdicts are those of judging anew, and the newest generation equals a
 * rebuild from its raw chunks. Changes nothing. It reads
 * manifests first, then chains, then the log: others may write meanwhile, and nothing may seem to be ahead of what it
 * is made from.
 */
export async function verifyDataset(options: VerifyOptions): Promise<VerifyReport> {
  return await withEngine(options.openEngine, (engine) => withSession(engine, (session) => verify(options, session)))
}

async function verify(options: VerifyOptions, session: Session): Promise<VerifyReport> {
  const { dataset, log, store, onProgress } = options
  const { topic } = dataset
  const findings = new Findings(options.examplesMax)
  const { newest, own: manifest } = await verifyManifests({ store, dataset, findings })
  if (newest !== null && manifest === null)
    findings.note(
      `none of the ${newest.generation} generations is of this declaration (${dataset.hash}) and has its files: no tables are compared, the next batch run makes one`,
    )
  const chains = await verifyChains({
    store,
    session,
    topic,
    findings,
    onChunk: ({ bytes, bytesTotal }) => onProgress?.('chains', bytes, bytesTotal),
  })
  const [logIdentity, bounds] = [await log.identity(topic), await log.bounds(topic)]
  checkTidemark({ findings, topic }, chains, manifest)
  const comparedWithLog = checkLog(findings, { topic, store, log, logIdentity }, { chains, bounds })
    ? await compareWithLog({
        log,
        store,
        session,
        topic,
        chains,
        bounds,
        findings,
        onSlice: ({ records, recordsTotal }) => onProgress?.('log', records, recordsTotal),
      })
    : 0
  const rows =
    manifest === null
      ? null
      : await Segments.with({ ...options, session }, (segments) =>
          rebuildAndCompare(options, { session, segments, findings, chains, manifest }),
        )
  return {
    dataset: dataset.name,
    manifest,
    partitions: verifiedPartitions(chains, { bounds, manifest }),
    comparedWithLog,
    rows,
    digests: findings.digests,
    differences: findings.differences,
    lost: lossesOf(chains.flatMap(({ chunks }) => chunks.map(({ footer }) => footer))),
    notes: findings.notes,
  }
}

function checkTidemark(
  { findings, topic }: { findings: Findings; topic: string },
  chains: readonly VerifiedChain[],
  manifest: Manifest | null,
): void {
  for (const [partition, offset] of manifest?.tidemark ?? []) {
    const chain = chains.find(({ start }) => start.partition === partition)
    const end = chain?.nextOffset ?? 0n
    if (end < offset)
      findings.differ({
        check: 'chains',
        subject: `${topic}/${partition}`,
        message: `ends at ${end}, below the tidemark ${offset} of generation ${manifest?.generation}`,
      })
  }
}

/** Returns false if the store belongs to another log, so that the two cannot be compared. */
function checkLog(
  findings: Findings,
  place: StoreAndLog,
  { chains, bounds }: { chains: readonly VerifiedChain[]; bounds: ReadonlyMap<number, OffsetRange> },
): boolean {
  const foreign = chains.flatMap(({ start }) => foreignLog(place, start) ?? [])
  const short = chains.flatMap(({ start: { partition }, nextOffset: archived }) => {
    const logEnd = bounds.get(partition)?.nextOffset
    return shortLog(place, { partition, archived, logEnd }) ?? []
  })
  for (const { subject, reason: message } of [...foreign, ...short]) findings.differ({ check: 'log', subject, message })
  return foreign.length === 0
}

type Rebuild = {
  readonly session: Session
  readonly segments: Segments
  readonly findings: Findings
  readonly chains: readonly VerifiedChain[]
  readonly manifest: Manifest
}

async function rebuildAndCompare(
  options: VerifyOptions,
  { session, segments, findings, chains, manifest }: Rebuild,
): Promise<Record<string, number> | null> {
  const { dataset, onProgress } = options
  try {
    await createBase(session, dataset, {})
    const folded = await foldChunks(
      {
        ...options,
        session,
        segments,
        until: manifest.tidemark,
        // Nobody knows the clock of the run that made the generation. With this one no event is later than the manifest
        // says.
        stage: stageAndCompare({ dataset, store: options.store, findings, readAtMs: manifest.stream_time ?? 0 }),
        onGroup: ({ bytes, bytesTotal }) => onProgress?.('tables', bytes, bytesTotal),
      },
      chains.map(({ start }) => start),
      new Map(),
    )
    if (without(folded.lost, manifest.lost).size > 0 || without(manifest.lost, folded.lost).size > 0) {
      const text = (lost: PartitionRanges) => JSON.stringify(partitionRangesJson(dataset.topic, lost))
      findings.differ({
        check: 'tables',
        subject: `generation ${manifest.generation}`,
        message: `says that ${text(manifest.lost)} is lost, its raw chunks say ${text(folded.lost)}`,
      })
    }
    if (folded.streamTime !== manifest.stream_time) {
      findings.differ({
        check: 'tables',
        subject: `generation ${manifest.generation}`,
        message: `says its stream time is ${manifest.stream_time}, its raw chunks say ${folded.streamTime}`,
      })
    }
  } catch (error) {
    if (
      !(error instanceof AppError) ||
      !['CHAIN_BROKEN', 'CHUNK_CORRUPT', 'LOG_FOREIGN', 'OBJECT_MISSING'].includes(error.code)
    )
      throw error
    findings.differ({
      check: 'tables',
      subject: `generation ${manifest.generation}`,
      message: `cannot be compared with its raw chunks: ${error.message}`,
    })
    return null
  }
  return await compareTables({ ...options, session, findings, manifest, rebuilt: delta })
}
