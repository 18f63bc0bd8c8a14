import { schedule } from 'node-cron'
import { reconcile } from '../../batch/reconcile.ts'
import { runBatch } from '../../batch/run.ts'
import type { BatchOptions, RunResult } from '../../batch/run.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { Parts, Plumbing } from '../parts/parts.ts'
import { reasonOf } from '../parts/waiting.ts'
import { warnOfLosses } from './warn-of-losses.ts'

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
  for (const dataset of run.datasets) {
    const result = await runBatch({
      ...batchOptions(parts, { store, dataset }),
      isRebuild: run.isRebuild,
      onProgress: ({ bytes, bytesTotal }) => run.onProgress?.(dataset.name, bytes, bytesTotal),
    })
    results.push({ ...result, dataset })
  }
  return results
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

  async function reconcileAll(): Promise<void> {
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
    await reconcile({
      ...batchOptions(parts, { store, dataset }),
      log,
      trimAgeMs: config.LOG_TRIM_AGE_MS,
      keepGenerations: config.GC_KEEP_GENERATIONS,
      graceMs: config.GC_GRACE_MS,
      now: Date.now,
      onGeneration: ({ generation, run_ms: runMs, is_rebuild: isRebuild }) =>
        logger.info({ dataset: dataset.name, generation, runMs, isRebuild }, 'batch run'),
    })
  }

  const task = schedule(
    config.BATCH_CRON,
    () => {
      running ??= reconcileAll().finally(() => {
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

function batchOptions(
  parts: Parts,
  { store, dataset }: { readonly store: ObjectStore; readonly dataset: DefinedDataset },
): BatchOptions {
  const { config } = parts
  return {
    dataset,
    store,
    openEngine: () => parts.openEngine(`batch-${process.pid}`, config.BATCH_MEMORY_BYTES_MAX),
    workFolder: parts.workFolder,
    fileRowsMax: config.BATCH_FILE_ROWS_MAX,
    groupBytesMax: config.BATCH_GROUP_BYTES_MAX,
    onLost: (lost) => warnOfLosses(parts, dataset, lost),
  }
}
