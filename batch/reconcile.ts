import type { Manifest } from '../schemas/formats/manifest.ts'
import type { EventLog } from '../schemas/ports/log.ts'
import { collectGarbage } from './gc.ts'
import { runBatch } from './run.ts'
import type { BatchOptions, RunResult } from './run.ts'

export type ReconcileOptions = BatchOptions & {
  readonly log: Pick<EventLog, 'trim'>
  /** The log keeps records until they are this old, even if a generation covers them. */
  readonly trimAgeMs: number
  readonly keepGenerations: number
  readonly graceMs: number
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Called after a new generation is committed, before anything is deleted. */
  readonly onGeneration?: (manifest: Manifest) => void
}

/**
 * Brings a dataset's batch layer up to date. Makes the next generation if there are raw chunks beyond the tidemark,
 * then deletes what the newest generation makes superfluous from log and store. Call it again and again: a call deletes
 * what an earlier one could not.
 */
export async function reconcile(options: ReconcileOptions): Promise<RunResult> {
  const { dataset, store, log, trimAgeMs, keepGenerations, graceMs, now, onGeneration } = options
  const result = await runBatch(options)
  const { isNew, manifest } = result
  if (manifest === null) return result
  if (isNew) onGeneration?.(manifest)
  await log.trim(dataset.topic, manifest.tidemark, trimAgeMs)
  await collectGarbage({ store, dataset: dataset.name, keepGenerations, graceMs, now: now() })
  return result
}
