import type { Config } from './config.ts'

export type EngineLimits = { readonly memoryBytesMax: number; readonly threads: number }

/** With less memory than this for each thread, an engine spills what fewer threads would hold. */
const bytesPerThread = 128 * 1024 * 1024
/** The engine's share of the memory of a SQL worker. The rest is for Node, the log and the answers. */
const sqlWorkerShare = 0.5

type Limits = Pick<
  Config,
  | 'BATCH_MEMORY_BYTES_MAX'
  | 'BATCH_THREADS'
  | 'SPEED_MEMORY_BYTES_MAX'
  | 'SPEED_THREADS'
  | 'SQL_WORKERS'
  | 'SQL_WORKER_MEMORY_BYTES_MAX'
  | 'SQL_WORKER_THREADS'
>

/**
 * Returns the limits of the engines that do most of the work, for a process that is given so many cores: of batch runs,
 * of the main process' replica and of a SQL worker.
 */
export function engineLimits(
  config: Limits,
  cores: number,
): Readonly<Record<'batch' | 'speed' | 'sqlWorker', EngineLimits>> {
  const limits = (memoryBytesMax: number, given: number | undefined, share: number): EngineLimits => ({
    memoryBytesMax,
    threads: given ?? Math.max(1, Math.floor(Math.min(share, memoryBytesMax / bytesPerThread))),
  })
  return {
    batch: limits(config.BATCH_MEMORY_BYTES_MAX, config.BATCH_THREADS, cores),
    speed: limits(config.SPEED_MEMORY_BYTES_MAX, config.SPEED_THREADS, cores),
    sqlWorker: limits(config.SQL_WORKER_MEMORY_BYTES_MAX * sqlWorkerShare, config.SQL_WORKER_THREADS, cores),
  }
}

/** The share of a batch run's memory that folded rows may take. The rest is for the events that are being folded. */
export function segmentBytesMax({ BATCH_MEMORY_BYTES_MAX }: Pick<Config, 'BATCH_MEMORY_BYTES_MAX'>): number {
  return BATCH_MEMORY_BYTES_MAX / 4
}
