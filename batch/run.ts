import { randomUUID } from 'node:crypto'
import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import { withEngine, withSession } from '../schemas/ports/engine.ts'
import type { Engine, Session } from '../schemas/ports/engine.ts'
import { newer } from '../schemas/formats/stream-time.ts'
import { loadNewestOf } from '../schemas/formats/generations.ts'
import type { Newest } from '../schemas/formats/generations.ts'
import { checkedFile, runFolder } from '../schemas/formats/manifest.ts'
import type { Manifest } from '../schemas/formats/manifest.ts'
import { noRanges, unite } from '../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../schemas/formats/offset-ranges.ts'
import { loadChainStarts } from '../schemas/formats/raw-chain.ts'
import type { ChainStart } from '../schemas/formats/raw-chain.ts'
import { namingUnreadable } from '../schemas/formats/read-tables.ts'
import { requireOneLog } from '../schemas/formats/store-of-log.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { commitGeneration } from './commit.ts'
import type { Uncommitted } from './commit.ts'
import { createBase, foldChunks, hasChunksBeyond, localTables } from './fold-chunks.ts'
import type { ChunkFold, Folded } from './fold-chunks.ts'
import { Segments } from './segments.ts'
import { stageByVerdicts } from './stored-verdicts.ts'
import { writeTables } from './write-tables.ts'

export type BatchOptions = {
  readonly dataset: DefinedDataset
  readonly store: ObjectStore
  /** Opens a new engine for one attempt; the run closes it. */
  readonly openEngine: () => Promise<Engine>
  readonly workFolder: string
  readonly fileRowsMax: number
  readonly groupBytesMax: number
  readonly segmentBytesMax: number
  readonly isRebuild?: boolean
  /** Called when a new generation lacks offsets, because the log deleted them before they were archived. */
  readonly onLost?: (lost: PartitionRanges) => void
  /** Called with a sentence that names a stored verdict which cannot be believed. Its chunk is judged again. */
  readonly onUnusable?: (message: string) => void
  readonly onProgress?: (done: { readonly bytes: number; readonly bytesTotal: number }) => void
}

/**
 * If there is no raw chunk beyond the tidemark, `isNew` is false and `manifest` is the newest generation of the
 * declaration or null.
 */
export type RunResult = { readonly isNew: boolean; readonly manifest: Manifest | null }

/**
 * Makes the next generation of a dataset's declaration from the raw chunks beyond the tidemark of its newest one. Uses all
 * raw chunks if a rebuild is asked for or the declaration has no generation; those of other declarations stay beside it.
 * Runs may race and may be killed anywhere: each number has one winner, and readers see all of a generation or nothing.
 */
export async function runBatch(options: BatchOptions): Promise<RunResult> {
  for (;;) {
    const starts = await loadChainStarts(options.store, options.dataset.topic)
    const stored = await loadNewestOf(options.store, options.dataset)
    requireOneLogOf(options, stored, starts)
    const base = options.isRebuild === true ? null : stored.own
    const startedAt = Date.now()
    const attempt = (session: Session): Promise<RunResult | 'lost'> =>
      Segments.with({ ...options, session }, async (segments) => {
        const started = { options, session, segments, starts, stored, startedAt }
        return base === null ? await rebuild(started) : await increment(started, base)
      })
    const result = await withEngine(options.openEngine, (engine) => withSession(engine, attempt))
    if (result !== 'lost') return result
  }
}

type Attempt = {
  readonly options: BatchOptions
  readonly session: Session
  readonly segments: Segments
  readonly starts: readonly ChainStart[]
  /** The generations when the attempt started. */
  readonly stored: Newest
  readonly startedAt: number
}

async function increment(attempt: Attempt, base: Manifest): Promise<RunResult | 'lost'> {
  const { options, session, starts, stored } = attempt
  if (!(await hasChunksBeyond(options, starts, base.tidemark))) return { isNew: false, manifest: base }
  const files = Object.values(base.tables).flat()
  return await options.store.withFiles(files.map(checkedFile), async (paths) => {
    const localFiles = new Map(files.map(({ key }, index) => [key, paths[index] ?? key]))
    return await namingUnreadable(session, { files, paths }, async () => {
      await createBase(session, options.dataset, localTables(base.tables, localFiles))
      const folded = await foldChunks(foldOf(attempt), starts, base.tidemark)
      return await commit(attempt, { base, stored, folded, localFiles })
    })
  })
}

/**
 * Rebuilds. If a rebuild that was asked for loses the race to another run of this declaration, it folds the chunks that
 * the winner had beyond its own, then tries again. If it was only needed because this declaration had no generation, the
 * winner's will do.
 */
async function rebuild(attempt: Attempt): Promise<RunResult | 'lost'> {
  const { options, session } = attempt
  await createBase(session, options.dataset, {})
  let folded: Folded = { positions: new Map(), lost: noRanges, streamTime: null, chunkCount: 0 }
  for (;;) {
    const stored = await loadNewestOf(options.store, options.dataset)
    if (options.isRebuild !== true && stored.own?.generation !== attempt.stored.own?.generation) return 'lost'
    const starts = await loadChainStarts(options.store, options.dataset.topic)
    requireOneLogOf(options, stored, starts)
    const more = await foldChunks(foldOf(attempt), starts, folded.positions)
    folded = {
      positions: more.positions,
      lost: unite(folded.lost, more.lost),
      streamTime: newer(folded.streamTime, more.streamTime),
      chunkCount: folded.chunkCount + more.chunkCount,
    }
    if (folded.chunkCount === 0 && stored.newest === null) return { isNew: false, manifest: null }
    const result = await commit({ ...attempt, starts }, { base: null, stored, folded, localFiles: new Map() })
    if (result !== 'lost') return result
  }
}

type Commit = {
  readonly base: Manifest | null
  readonly stored: Newest
  readonly folded: Folded
  readonly localFiles: ReadonlyMap<string, string>
}

async function commit(
  { options, session, startedAt, starts }: Attempt,
  { base, stored, folded, localFiles }: Commit,
): Promise<RunResult | 'lost'> {
  const { dataset, store } = options
  const runId = `${dataset.hash}-${randomUUID()}`
  const prefix = runFolder(dataset.name, (stored.newest?.generation ?? 0) + 1, runId)
  const tables = await writeTables({ ...options, session, localFiles, prefix }, base)
  const made: Uncommitted = {
    format: 2,
    dataset: dataset.name,
    run_id: runId,
    declaration: dataset.hash,
    contract: dataset.contractHash,
    topic: dataset.topic,
    log_identity: starts[0]?.logIdentity ?? '',
    tidemark: folded.positions,
    lost: unite(base?.lost ?? noRanges, folded.lost),
    stream_time: newer(base?.stream_time ?? null, folded.streamTime),
    created_at: new Date().toISOString(),
    run_ms: Date.now() - startedAt,
    is_rebuild: base === null && stored.newest !== null,
    tables,
  }
  const manifest = await commitGeneration(store, made, stored)
  if (manifest === null) return 'lost'
  if (folded.lost.size > 0) options.onLost?.(folded.lost)
  return { isNew: true, manifest }
}

function foldOf({ options, session, segments, startedAt: readAtMs }: Attempt): ChunkFold {
  const { onProgress, onUnusable = () => undefined } = options
  const stage = stageByVerdicts({ ...options, readAtMs, onUnusable })
  return { ...options, session, segments, stage, ...(onProgress === undefined ? {} : { onGroup: onProgress }) }
}

function requireOneLogOf({ store, dataset }: BatchOptions, { newest }: Newest, starts: readonly ChainStart[]): void {
  const generation = newest === null ? [] : [{ logIdentity: newest.log_identity }]
  requireOneLog({ topic: dataset.topic, store }, [...starts, ...generation])
}
