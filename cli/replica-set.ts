import type { EventLog } from '../schemas/log.ts'
import type { ObjectStore } from '../schemas/store.ts'
import { ReplicaReader } from '../serving/replica-reader.ts'
import type { Parts } from './parts.ts'
import { DatasetReplica } from './replica.ts'

const pendingBytesMax = 32 * 1024 * 1024
const nativeBuildBytesMax = 256 * 1024 * 1024

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
  { log, store, memoryBytesMax }: { log: EventLog; store: ObjectStore; memoryBytesMax: number },
): Promise<ReplicaSet> {
  const { config, datasets, logger } = parts
  const engine = await parts.openEngine(`replica-${process.pid}`, memoryBytesMax)
  const nativeEngine = await parts.openEngine(`native-${process.pid}`, nativeBuildBytesMax)
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
          logger.info({ dataset: dataset.name, generation, runMs }, 'hand-over'),
        onWatchFailed: (error) =>
          logger.warn({ dataset: dataset.name, err: error }, 'looking for a newer generation failed; trying again'),
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
