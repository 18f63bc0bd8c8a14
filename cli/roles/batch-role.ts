import { schedule } from 'node-cron'
import { archiveToEnd } from '../../batch/archive/archiver.ts'
import type { ArchiveOptions } from '../../batch/archive/archiver.ts'
import { collectGarbage } from '../../batch/gc.ts'
import { runBatch } from '../../batch/run.ts'
import type { RunResult } from '../../batch/run.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { offsetCountOf, partitionRangesJson } from '../../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../../schemas/formats/offset-ranges.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { LastingArchiver } from './lasting-archiver.ts'
import type { Parts, Plumbing } from '../parts/parts.ts'
import { reasonOf } from '../parts/waiting.ts'

/** An archiver per dataset; `ended` rejects when one has ended by itself. */
export type ArchiveRole = {
  readonly ended: Promise<unknown>
  /** Where the chains of a dataset's topic end, as its archiver knows it. */
  positions(dataset: string): Positions
  roll(): Promise<void>
  close(): Promise<void>
}

export async function openArchiveRole(parts: Parts, { log, store }: Plumbing): Promise<ArchiveRole> {
  const engine = await parts.openEngine(`archive-${process.pid}`, parts.config.BATCH_MEMORY_BYTES_MAX)
  const archivers = new Map<string, LastingArchiver>()
  const close = async (): Promise<void> => {
    for (const archiver of archivers.values()) await archiver.close()
    engine.close()
  }
  try {
    for (const dataset of parts.datasets) {
      const options = archiveOptions(parts, { log, store, dataset, session: await engine.connect() })
      archivers.set(dataset.name, await LastingArchiver.open(parts, dataset.name, options))
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    ended: Promise.race([...archivers.values()].map((archiver) => archiver.ended)),
    positions: (dataset) => archivers.get(dataset)?.positions() ?? new Map(),
    async roll() {
      for (const archiver of archivers.values()) await archiver.roll()
    },
    close,
  }
}

/** Archives each dataset up to the log's end. */
export async function archiveAll(
  parts: Parts,
  { log, store, datasets }: Plumbing & { readonly datasets: readonly DefinedDataset[] },
): Promise<void> {
  const engine = await parts.openEngine(`archive-${process.pid}`, parts.config.BATCH_MEMORY_BYTES_MAX)
  try {
    for (const dataset of datasets) {
      await archiveToEnd(archiveOptions(parts, { log, store, dataset, session: await engine.connect() }))
    }
  } finally {
    engine.close()
  }
}

/** One run of each dataset. */
export async function runAll(
  parts: Parts,
  store: ObjectStore,
  run: {
    readonly datasets: readonly DefinedDataset[]
    readonly isRebuild: boolean
    readonly onProgress?: (dataset: string, done: number, total: number) => void
  },
): Promise<readonly (RunResult & { readonly dataset: DefinedDataset })[]> {
  const results: (RunResult & { dataset: DefinedDataset })[] = []
  for (const dataset of run.datasets) results.push({ ...(await runOne(parts, { store, dataset, ...run })), dataset })
  return results
}

type Run = {
  readonly store: ObjectStore
  readonly dataset: DefinedDataset
  readonly isRebuild: boolean
  readonly onProgress?: (dataset: string, done: number, total: number) => void
}

async function runOne(parts: Parts, { store, dataset, isRebuild, onProgress }: Run): Promise<RunResult> {
  const { config } = parts
  return await runBatch({
    onLost: (lost) => warnOfLosses(parts, dataset, lost),
    dataset,
    store,
    openEngine: () => parts.openEngine(`batch-${process.pid}`, config.BATCH_MEMORY_BYTES_MAX),
    workFolder: parts.workFolder,
    fileRowsMax: config.BATCH_FILE_ROWS_MAX,
    groupBytesMax: config.BATCH_GROUP_BYTES_MAX,
    isRebuild,
    onProgress: ({ bytes, bytesTotal }) => onProgress?.(dataset.name, bytes, bytesTotal),
  })
}

export type BatchRole = { close(): Promise<void> }

/**
 * Reconciles at every tick: is there raw beyond the tidemark? A tick during a run is passed over; what fails is named, and
 * the next tick tries again.
 */
export function openBatchRole(
  parts: Parts,
  { log, store, before, after }: Plumbing & { before?: () => Promise<void>; after?: () => Promise<void> },
): BatchRole {
  const { config, logger, waiting } = parts
  let running: Promise<void> | undefined

  async function reconcile(): Promise<void> {
    await named('archive before a batch run', async () => before?.())
    for (const dataset of parts.datasets) {
      if (parts.signal.aborted) return
      await named(`batch runs of ${dataset.name}`, () => reconcileOne(dataset))
    }
    await named('hand-over after a batch run', async () => after?.())
  }

  /** What fails is named for as long as it does: the next tick tries again. */
  async function named(part: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
      waiting.clear(part)
    } catch (error) {
      if (!parts.signal.aborted) waiting.set(part, `each tick tries again: ${reasonOf(error)}`, error)
    }
  }

  async function reconcileOne(dataset: DefinedDataset): Promise<void> {
    const { isNew, manifest } = await runOne(parts, { store, dataset, isRebuild: false })
    if (manifest === null) return
    const { generation, run_ms: runMs, is_rebuild: isRebuild } = manifest
    if (isNew) logger.info({ dataset: dataset.name, generation, runMs, isRebuild }, 'batch run')
    await log.trim(dataset.topic, manifest.tidemark, config.LOG_TRIM_AGE_MS)
    await collectGarbage({
      store,
      dataset: dataset.name,
      keepGenerations: config.GC_KEEP_GENERATIONS,
      graceMs: config.GC_GRACE_MS,
      now: Date.now(),
    })
  }

  const task = schedule(
    config.BATCH_CRON,
    () => {
      running ??= reconcile().finally(() => {
        running = undefined
      })
    },
    { timezone: 'UTC' },
  )
  return {
    async close() {
      await task.destroy()
      await running
    },
  }
}

/** Said by who records them in a chunk, and by who makes a generation of that chunk. */
function warnOfLosses({ logger }: Parts, { name, topic }: DefinedDataset, lost: PartitionRanges): void {
  logger.warn(
    { dataset: name, lost: partitionRangesJson(topic, lost) },
    `${offsetCountOf(lost)} offsets are lost: the log deleted them before they were archived. Let it keep events longer, or see why the archive lags`,
  )
}

function archiveOptions(
  parts: Parts,
  { log, store, dataset, session }: Plumbing & { dataset: DefinedDataset; session: ArchiveOptions['session'] },
): ArchiveOptions {
  const { config, logger } = parts
  return {
    log,
    store,
    session,
    topic: dataset.topic,
    workFolder: parts.workFolder,
    chunkBytesMax: config.ARCHIVE_CHUNK_BYTES_MAX,
    chunkAgeMsMax: config.ARCHIVE_CHUNK_AGE_MS,
    onChunk: ({ partition, firstOffset, nextOffset, recordCount, losses }) => {
      logger.debug(
        {
          topic: dataset.topic,
          partition,
          firstOffset: String(firstOffset),
          nextOffset: String(nextOffset),
          recordCount,
        },
        'raw chunk',
      )
      if (losses.length > 0) warnOfLosses(parts, dataset, new Map([[partition, losses]]))
    },
  }
}
