import { schedule } from 'node-cron'
import type { Logger } from 'pino'
import { reconcile } from '../../batch/reconcile.ts'
import { runBatch } from '../../batch/run.ts'
import type { BatchOptions, RunResult } from '../../batch/run.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { Config } from '../parts/config.ts'
import { segmentBytesMax } from '../parts/engine-limits.ts'
import type { OpenEngine, Plumbing } from '../parts/plumbing.ts'
import { reasonOf } from '../parts/waiting.ts'
import type { Waiting } from '../parts/waiting.ts'
import { warnOfLosses } from './warn-of-losses.ts'

/** The parts that a run needs, besides its dataset and the store. */
export type RunNeeds = {
  readonly config: Pick<Config, 'BATCH_MEMORY_BYTES_MAX' | 'BATCH_FILE_ROWS_MAX' | 'BATCH_GROUP_BYTES_MAX'>
  readonly openEngine: OpenEngine
  readonly workFolder: string
  readonly logger: Pick<Logger, 'info' | 'warn'>
}

/** Runs the batch layer once for each dataset. */
export async function runAll(
  needs: RunNeeds,
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
      ...batchOptions(needs, { store, dataset }),
      isRebuild: run.isRebuild,
      onProgress: ({ bytes, bytesTotal }) => run.onProgress?.(dataset.name, bytes, bytesTotal),
    })
    results.push({ ...result, dataset })
  }
  return results
}

/** The parts that reconciling at every tick needs, besides those of a run. */
export type TickNeeds = {
  readonly config: Pick<Config, 'BATCH_CRON' | 'LOG_TRIM_AGE_MS' | 'GC_KEEP_GENERATIONS' | 'GC_GRACE_MS'>
  readonly datasets: readonly DefinedDataset[]
  readonly waiting: Waiting
  /** Where it keeps how much the running run of a dataset has read, in percent. */
  readonly runs: Map<string, number>
  readonly signal: AbortSignal
}

/** A long run logs each time that it has read so many more percent. */
const progressStep = 10

export type BatchRole = { close(): Promise<void> }

/**
 * At every tick, makes a generation of each dataset that has raw chunks beyond the tidemark. A tick during a run is
 * skipped. A failure is named, and the next tick tries again.
 */
export function openBatchRole(
  needs: RunNeeds & TickNeeds,
  { log, store, before, after }: Plumbing & { before?: () => Promise<void>; after?: () => Promise<void> },
): BatchRole {
  const { config, datasets, waiting, runs, signal, logger } = needs
  let running: Promise<void> | undefined

  async function reconcileAll(): Promise<void> {
    await named('archive before a batch run', async () => before?.())
    for (const dataset of datasets) {
      if (signal.aborted) return
      await named(`batch runs of ${dataset.name}`, () => reconcileOne(dataset))
    }
    await named('hand-over after a batch run', async () => after?.())
  }

  /** Names the part in `waiting` as long as its work fails. The next tick tries again. */
  async function named(part: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
      waiting.clear(part)
    } catch (error) {
      if (!signal.aborted) waiting.set(part, `each tick tries again: ${reasonOf(error)}`, error)
    }
  }

  async function reconcileOne(dataset: DefinedDataset): Promise<void> {
    const { name } = dataset
    await reconcile({
      ...batchOptions(needs, { store, dataset }),
      onProgress: ({ bytes, bytesTotal }) => {
        const percent = Math.floor((100 * bytes) / Math.max(1, bytesTotal))
        const steps = [runs.get(name) ?? 0, percent].map((read) => Math.floor(read / progressStep))
        runs.set(name, percent)
        if (percent < 100 && steps[0] !== steps[1]) logger.info({ dataset: name, percent }, 'batch run goes on')
      },
      log,
      trimAgeMs: config.LOG_TRIM_AGE_MS,
      keepGenerations: config.GC_KEEP_GENERATIONS,
      graceMs: config.GC_GRACE_MS,
      now: Date.now,
      onGeneration: ({ generation, run_ms: runMs, is_rebuild: isRebuild }) =>
        logger.info({ dataset: name, generation, runMs, isRebuild }, 'batch run'),
    }).finally(() => runs.delete(name))
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
  { config, openEngine, workFolder, logger }: RunNeeds,
  { store, dataset }: { readonly store: ObjectStore; readonly dataset: DefinedDataset },
): BatchOptions {
  return {
    dataset,
    store,
    openEngine: () => openEngine(`batch-${process.pid}`, config.BATCH_MEMORY_BYTES_MAX),
    workFolder,
    fileRowsMax: config.BATCH_FILE_ROWS_MAX,
    groupBytesMax: config.BATCH_GROUP_BYTES_MAX,
    segmentBytesMax: segmentBytesMax(config),
    onLost: (lost) => warnOfLosses(logger, dataset, lost),
    onUnusable: (message) => logger.warn({ dataset: dataset.name }, message),
  }
}
