import type { Manifest } from '../schemas/formats/manifest.ts'
import type { EventLog } from '../schemas/ports/log.ts'
import { collectGarbage } from './gc.ts'
import { runBatch } from './run.ts'
import type { BatchOptions, RunResult } from './run.ts'

export type ReconcileOptions = BatchOptions & {
  readonly log: Pick<EventLog, 'trim'>
  /** Records that a generation covers stay in the log until they are this old. */
  readonly trimAgeMs: number
  readonly keepGenerations: number
  readonly graceMs: number
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Called once a new generation is committed, before anything is deleted. */
  readonly onGeneration?: (manifest: Manifest) => void
}

/**
 * Brings a dataset's batch layer up to date with its raw chunks: makes the next generation where there are any beyond the
 * tidemark, then deletes what the newest generation makes superfluous, from the log and from the store. To be repeated: what
 * one call could not delete the next one does.
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
