import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Logger } from 'pino'
import { openDuckDb } from '../connectors/duckdb-engine.ts'
import type { DuckDbEngine } from '../connectors/duckdb-engine.ts'
import { openEmbeddedLog } from '../connectors/embedded-log.ts'
import { openFolderStore } from '../connectors/folder-store.ts'
import { openKafkaLog } from '../connectors/kafka-log.ts'
import { probeStore } from '../connectors/probe-store.ts'
import { openS3Store } from '../connectors/s3-store.ts'
import type { DefinedDataset } from '../schemas/define-dataset.ts'
import { loadDatasets } from '../schemas/load-datasets.ts'
import type { EventLog } from '../schemas/log.ts'
import type { ObjectStore } from '../schemas/store.ts'
import { Closers } from './closers.ts'
import type { Config } from './config.ts'
import { Waiting, untilReachable } from './plumbing.ts'

/** What every command is made of. `close()` closes all that was opened through it. */
export class Parts {
  readonly config: Config
  readonly datasets: readonly DefinedDataset[]
  readonly logger: Logger
  readonly waiting = new Waiting()
  readonly closers = new Closers()
  readonly #stop = new AbortController()

  static async open(config: Config): Promise<Parts> {
    const logger = pino({ level: config.LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }))
    await mkdir(config.TIDEMARK_DATA_DIR, { recursive: true })
    return new Parts(config, await loadDatasets(), logger)
  }

  private constructor(config: Config, datasets: readonly DefinedDataset[], logger: Logger) {
    this.config = config
    this.datasets = datasets
    this.logger = logger
  }

  /** Aborted once the process is to stop. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  folder(name: string): string {
    return join(this.config.TIDEMARK_DATA_DIR, name)
  }

  /** Kafka where KAFKA_BROKERS is given, else the embedded log; with a topic for each dataset. */
  async openLog(): Promise<EventLog> {
    const { KAFKA_BROKERS, LOG_PARTITIONS } = this.config
    const onRetry = (message: string) => this.logger.warn(message)
    const log = this.closers.add(
      'log',
      KAFKA_BROKERS === undefined
        ? await openEmbeddedLog({ folder: this.folder('log'), partitionCount: LOG_PARTITIONS })
        : await openKafkaLog({ brokers: KAFKA_BROKERS.split(','), clientId: 'tidemark', partitionCount: LOG_PARTITIONS, onRetry }),
    )
    await this.untilReachable('log', async () => {
      for (const { topic } of this.datasets) await log.ensureTopic(topic)
    })
    return log
  }

  /** S3 where S3_BUCKET is given, else a folder; refused where its conditional put does not fence. */
  async openStore(): Promise<ObjectStore> {
    const { S3_BUCKET, S3_PREFIX } = this.config
    const onRetry = (message: string) => this.logger.warn(message)
    const store = this.closers.add(
      'store',
      S3_BUCKET === undefined
        ? await openFolderStore({ folder: this.folder('store') })
        : await openS3Store({ bucket: S3_BUCKET, prefix: S3_PREFIX, cacheFolder: this.folder('cache'), onRetry }),
    )
    await this.untilReachable('store', () => probeStore(store))
    return store
  }

  async openEngine(name: string, memoryBytesMax: number): Promise<DuckDbEngine> {
    return await openDuckDb({ memoryBytesMax, threads: 2, spillFolder: this.folder(join('spill', name)) })
  }

  untilReachable<T>(part: string, work: () => Promise<T>): Promise<T> {
    return untilReachable(part, work, { logger: this.logger, waiting: this.waiting, signal: this.signal })
  }

  /** Asks the command to end. */
  stop(): void {
    this.#stop.abort()
  }

  /** Resolves once the process is to stop. */
  async stopped(): Promise<void> {
    if (this.signal.aborted) return
    await once(this.signal, 'abort')
  }

  async close(): Promise<void> {
    this.stop()
    await this.closers.close()
  }
}
