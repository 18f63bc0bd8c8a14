import type { Logger } from 'pino'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { withSession } from '../../schemas/ports/engine.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { offsetCountOf, partitionRangesJson } from '../../schemas/formats/offset-ranges.ts'
import { countRejected } from '../../serving/replica/count-rejected.ts'
import { DatasetReplica } from '../../serving/replica/dataset-replica.ts'
import { readEngineMemory } from '../../serving/replica/engine-memory.ts'
import type { EngineMemory } from '../../serving/replica/engine-memory.ts'
import { ReplicaReader } from '../../serving/replica/replica-reader.ts'
import type { MicroBatchFacts } from '../../speed/follow-log.ts'
import { openSpeedLayer } from '../../speed/speed-layer.ts'
import type { NewlyLost } from '../../speed/speed-view.ts'
import type { Config } from '../parts/config.ts'
import type { UntilReachable } from '../parts/outages.ts'
import type { OpenEngine, Plumbing } from '../parts/plumbing.ts'
import { reasonOf } from '../parts/waiting.ts'
import type { Waiting } from '../parts/waiting.ts'

/** What is read of the log and not folded yet: at most this, and at most this share of the engine's memory. */
const pendingBytesMax = 32 * 1024 * 1024
const pendingShareMax = 1 / 16
const nativeBuildBytesMax = 256 * 1024 * 1024

export type ReplicaNeeds = {
  readonly config: Pick<Config, 'STORE_WATCH_MS'>
  readonly datasets: readonly DefinedDataset[]
  readonly openEngine: OpenEngine
  /** Returns the path of a folder in the data folder. */
  readonly folder: (name: string) => string
  readonly workFolder: string
  readonly untilReachable: UntilReachable
  readonly waiting: Waiting
  readonly logger: Logger
}

export type ReplicaSetOptions = Plumbing & {
  readonly memoryBytesMax: number
  readonly threads: number
  readonly microBatchIntervalMs: number
  /** Micro-batches start this far apart while nobody reads. */
  readonly restMs?: number
  readonly onHandOver?: (dataset: string, manifest: Manifest) => void
  readonly onMicroBatch?: (dataset: string, batch: MicroBatchFacts) => void
}

/** The merged views of all datasets in this process, with their reader. */
export type ReplicaSet = {
  readonly reader: ReplicaReader
  /** Rejects if a replica has ended by itself. */
  readonly ended: Promise<unknown>
  /** Resolves once every dataset is ready. */
  start(): Promise<void>
  /** Looks for newer generations now. */
  refresh(): Promise<void>
  /** Runs the statements that lock the engine before queries may use it. */
  lock(statements: readonly string[]): Promise<void>
  /** Returns the memory of the engine that holds the merged views. */
  memory(): Promise<EngineMemory>
  /** Returns how many events of a dataset's history broke their contract. */
  rejected(dataset: string): Promise<number>
  close(): Promise<void>
}

export async function openReplicaSet(
  { config, datasets, openEngine, folder, workFolder, untilReachable, waiting, logger }: ReplicaNeeds,
  { log, store, memoryBytesMax, threads, microBatchIntervalMs, restMs, onHandOver, onMicroBatch }: ReplicaSetOptions,
): Promise<ReplicaSet> {
  const engine = await openEngine(`replica-${process.pid}`, memoryBytesMax, threads)
  const nativeEngine = await openEngine(`native-${process.pid}`, nativeBuildBytesMax, threads)
  const replicas: DatasetReplica[] = []
  for (const dataset of datasets) {
    const shared = { dataset, log, store, engine }
    const speed = await openSpeedLayer({
      ...shared,
      intervalMs: microBatchIntervalMs,
      ...(restMs === undefined ? {} : { restMs }),
      pendingBytesMax: Math.min(pendingBytesMax, memoryBytesMax * pendingShareMax),
      untilFolded: (fold) => untilReachable(`speed view of ${dataset.name}`, fold),
      onApplied: (batch) => onMicroBatch?.(dataset.name, batch),
      onLost: (newly) => warnOfLost(logger, dataset, newly),
    })
    replicas.push(
      await DatasetReplica.open({
        ...shared,
        speed,
        nativeEngine,
        cacheFolder: folder('cache'),
        workFolder,
        watchIntervalMs: config.STORE_WATCH_MS,
        onPhase: (waitsFor) =>
          logger.info(
            { dataset: dataset.name, pid: process.pid },
            waitsFor === null ? 'ready' : `waiting for ${waitsFor}`,
          ),
        onHandOver: (manifest) => {
          const { generation, run_ms: runMs } = manifest
          logger.info({ dataset: dataset.name, generation, runMs, pid: process.pid }, 'hand-over')
          onHandOver?.(dataset.name, manifest)
        },
        onWatch: (error) => noteWatch(waiting, dataset.name, error),
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
        replicas.map((replica) => untilReachable(`replica of ${replica.dataset.name}`, () => replica.start())),
      )
    },
    async refresh() {
      await Promise.all(replicas.map((replica) => replica.refresh()))
    },
    lock: (statements) =>
      withSession(engine, async (session) => {
        for (const sql of statements) await session.run(sql)
      }),
    memory: () => withSession(engine, (session) => readEngineMemory(session, memoryBytesMax)),
    rejected: (dataset) => withSession(engine, (session) => countRejected(session, dataset)),
    async close() {
      for (const replica of replicas) await replica.close()
      reader.close()
      engine.close()
      nativeEngine.close()
    },
  }
}

/** Each process logs this for itself: from this moment its own answers no longer have the events. */
function warnOfLost(logger: Logger, { name, topic }: DefinedDataset, { lost, dropped }: NewlyLost): void {
  const facts = { dataset: name, pid: process.pid, lost: partitionRangesJson(topic, lost) }
  const cause = 'the log deleted them before they were archived'
  logger.warn(facts, `${offsetCountOf(lost)} offsets are lost and in no answer: ${cause}`)
  if (dropped.size === 0) return
  logger.warn(
    { ...facts, lost: partitionRangesJson(topic, dropped) },
    `this hand-over took ${offsetCountOf(dropped)} offsets out of the answers of this process, so counts fall: ${cause}`,
  )
}

/**
 * If a replica cannot attach the next generation, its answers stay right but its memory grows: `waiting` names it until
 * it can.
 */
function noteWatch(waiting: Waiting, dataset: string, error: unknown): void {
  const part = `generations of ${dataset}`
  if (error === null) return waiting.clear(part)
  waiting.set(part, reasonOf(error), error)
}
