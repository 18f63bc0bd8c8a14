import { ReplicaReader } from '../serving/replica-reader.ts'
import type { Parts, Plumbing } from './parts.ts'
import { DatasetReplica } from './replica.ts'

const pendingBytesMax = 32 * 1024 * 1024
const nativeBuildBytesMax = 256 * 1024 * 1024

export type ReplicaSetOptions = Plumbing & { readonly memoryBytesMax: number; readonly threads: number }

/** The merged views of all datasets in this process, and what reads them. */
export type ReplicaSet = {
  readonly reader: ReplicaReader
  /** Rejects when a replica has ended by itself. */
  readonly ended: Promise<unknown>
  /** Resolves once every dataset is ready. */
  start(): Promise<void>
  /** Looks for newer generations now. */
  refresh(): Promise<void>
  /** Runs statements that close the engine to what queries must not reach. */
  lock(statements: readonly string[]): Promise<void>
  close(): Promise<void>
}

export async function openReplicaSet(
  parts: Parts,
  { log, store, memoryBytesMax, threads }: ReplicaSetOptions,
): Promise<ReplicaSet> {
  const { config, datasets, logger } = parts
  const engine = await parts.openEngine(`replica-${process.pid}`, memoryBytesMax, threads)
  const nativeEngine = await parts.openEngine(`native-${process.pid}`, nativeBuildBytesMax, threads)
  const replicas: DatasetReplica[] = []
  for (const dataset of datasets) {
    replicas.push(
      await DatasetReplica.open({
        dataset,
        log,
        store,
        engine,
        nativeEngine,
        cacheFolder: parts.folder('cache'),
        workFolder: parts.workFolder,
        microBatchIntervalMs: config.SPEED_INTERVAL_MS,
        pendingBytesMax,
        watchIntervalMs: config.STORE_WATCH_MS,
        onHandOver: ({ generation, run_ms: runMs }) =>
          logger.info({ dataset: dataset.name, generation, runMs, pid: process.pid }, 'hand-over'),
        onWatch: (error) => noteWatch(parts, dataset.name, error),
        onDetachFailed: (error) =>
          logger.warn({ dataset: dataset.name, err: error }, 'an old native file stays attached'),
      }),
    )
  }
  const reader = new ReplicaReader(engine.instance, replicas)
  return {
    reader,
    ended: Promise.race(replicas.map((replica) => replica.ended)),
    async start() {
      await Promise.all(
        replicas.map((replica) => parts.untilReachable(`replica of ${replica.dataset.name}`, () => replica.start())),
      )
    },
    async refresh() {
      await Promise.all(replicas.map((replica) => replica.refresh()))
    },
    async lock(statements) {
      const session = await engine.connect()
      for (const sql of statements) await session.run(sql)
      session.close()
    },
    async close() {
      for (const replica of replicas) await replica.close()
      reader.close()
      engine.close()
      nativeEngine.close()
    },
  }
}

/** A replica that cannot take the next generation answers rightly, but grows: it says so until it can. */
function noteWatch({ waiting, logger }: Parts, dataset: string, error: unknown): void {
  const part = `generations of ${dataset}`
  if (error === null) return waiting.clear(part)
  waiting.set(part, error instanceof Error ? error.message : 'it failed')
  logger.warn({ dataset, err: error }, 'looking for a newer generation failed; trying again')
}
