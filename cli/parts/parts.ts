import { once, setMaxListeners } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Logger } from 'pino'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import { openEmbeddedLog } from '../../connectors/embedded/log.ts'
import { openFolderStore } from '../../connectors/folder/store.ts'
import { openKafkaLog } from '../../connectors/kafka/log.ts'
import { makeFolder } from '../../connectors/disk/make-folder.ts'
import { probeRoom } from '../../connectors/embedded/room.ts'
import { probeStore } from '../../connectors/store/probe-store.ts'
import type { S3StoreOptions } from '../../connectors/s3/client.ts'
import { openS3Store } from '../../connectors/s3/store.ts'
import { removeDeadTemporaries, temporaryName } from '../../connectors/disk/temporary-files.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { mayPass } from '../../schemas/disk-fault.ts'
import { AppError } from '../../schemas/errors.ts'
import { shuttingDown } from '../../serving/http/drain.ts'
import { explain, loadDatasets } from '../../schemas/declare/load-datasets.ts'
import type { LeftOut, LoadedDatasets } from '../../schemas/declare/load-datasets.ts'
import { logPart } from '../../serving/answers/waiting-part.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { requireOwnStore } from '../../schemas/formats/store-of-log.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { Closers } from './closers.ts'
import type { Config } from './config.ts'
import { coresGiven } from './cores.ts'
import { engineLimits } from './engine-limits.ts'
import { createLogger } from './logger.ts'
import { settingsText } from './topic-settings.ts'
import { OutageWatch, untilReachable } from './outages.ts'
import type { UntilReachable } from './outages.ts'
import type { OpenEngine, Plumbing } from './plumbing.ts'
import { Waiting } from './waiting.ts'

/** When a process is to stop, running work has this long to end. */
const graceMs = 5_000

/**
 * The parts that commands share. `close()` closes everything that was opened through it. A command hands out single
 * parts; it does not pass on the whole.
 */
export class Parts {
  readonly config: Config
  /** The environment that the configuration was read from, for processes that this one starts. */
  readonly env: NodeJS.ProcessEnv
  readonly logger: Logger
  readonly waiting: Waiting
  /** How much of its raw chunks the running batch run of a dataset has read, in percent of their bytes. */
  readonly runs = new Map<string, number>()
  readonly closers = new Closers()
  /**
   * A folder of this process alone, for files that need not outlive it. The folder of a killed process is removed when
   * the next process opens.
   */
  readonly workFolder: string
  readonly limits: ReturnType<typeof engineLimits>
  readonly #spillFolders = new Set<string>()
  readonly #stop = new AbortController()
  readonly #overdue = new AbortController()
  #grace: NodeJS.Timeout | undefined
  #loaded: LoadedDatasets = { datasets: [], leftOut: [] }
  readonly #outages: OutageWatch

  static async open(config: Config, env: NodeJS.ProcessEnv): Promise<Parts> {
    const logger = createLogger(config.LOG_LEVEL)
    const parts = new Parts({ config, env, logger })
    parts.#load(await loadDatasets(config.TIDEMARK_DATASETS))
    await parts.#openWorkFolder()
    return parts
  }

  private constructor({ config, env, logger }: Pick<Parts, 'config' | 'env' | 'logger'>) {
    this.config = config
    this.env = env
    this.logger = logger
    this.limits = engineLimits(config, coresGiven())
    this.workFolder = join(this.folder('work'), temporaryName())
    this.waiting = new Waiting(logger)
    this.#outages = new OutageWatch({ waiting: this.waiting, signal: this.signal })
    // Each running statement adds a listener, so many listeners are not a leak.
    setMaxListeners(0, this.signal, this.overdue)
  }

  get datasets(): readonly DefinedDataset[] {
    return this.#loaded.datasets
  }

  get leftOut(): readonly LeftOut[] {
    return this.#loaded.leftOut
  }

  /**
   * Leaves out datasets that were found to be faulty; call it before they are used. Throws DATASET_FAULTY if no dataset
   * is left.
   */
  leaveOut(faulty: readonly LeftOut[]): void {
    const { datasets, leftOut } = this.#loaded
    this.#load({
      datasets: datasets.filter(({ name }) => !faulty.some((each) => each.name === name)),
      leftOut: [...leftOut, ...faulty.filter(({ name }) => !leftOut.some((each) => each.name === name))],
    })
  }

  /** Aborts when the process is to stop. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Aborts when running work has had its time to end: the work is interrupted, and log and store close. */
  get overdue(): AbortSignal {
    return this.#overdue.signal
  }

  /** Returns the path of a folder in the data folder. */
  readonly folder = (name: string): string => resolve(this.config.TIDEMARK_DATA_DIR, name)

  /** Opens Kafka if KAFKA_BROKERS is set, else the embedded log. */
  async openLog(): Promise<EventLog> {
    const { KAFKA_BROKERS, LOG_PARTITIONS, TIDEMARK_DATA_DIR, EVENT_BYTES_MAX } = this.config
    if (KAFKA_BROKERS !== undefined) {
      const onRetry = (message: string): void => this.#waitFor(logPart, message, () => this.#askTopics(log))
      const log = openKafkaLog({
        brokers: KAFKA_BROKERS.split(','),
        clientId: 'tidemark',
        partitionCount: LOG_PARTITIONS,
        onRetry,
      })
      return this.#plumbing('log', log)
    }
    await makeFolder(TIDEMARK_DATA_DIR)
    const folder = this.folder('log')
    const onUnwritable = (message: string): void =>
      this.#waitFor(logPart, message, () => probeRoom(folder, EVENT_BYTES_MAX))
    return this.#plumbing('log', await openEmbeddedLog({ folder, partitionCount: LOG_PARTITIONS, onUnwritable }))
  }

  /** Opens S3 if S3_BUCKET is set, else a folder. */
  async openStore(): Promise<ObjectStore> {
    const { S3_BUCKET, S3_PREFIX } = this.config
    if (S3_BUCKET === undefined) return this.#plumbing('store', await openFolderStore({ folder: this.folder('store') }))
    const onRetry = (message: string): void => this.#waitFor('store', message, () => store.read('unreachable'))
    const store = await openS3Store({ ...this.s3Options(S3_BUCKET, S3_PREFIX), onRetry })
    return this.#plumbing('store', store)
  }

  s3Options(bucket: string, prefix: string): S3StoreOptions {
    return { bucket, prefix, cacheFolder: this.folder('cache'), ...this.s3Address() }
  }

  /** Stores other than AWS take any region and need the bucket in the path. */
  s3Address(): Pick<S3StoreOptions, 'endpoint' | 'clientConfig'> {
    const endpoint = this.env['AWS_ENDPOINT_URL_S3']
    const region = this.env['AWS_REGION'] ?? (endpoint === undefined ? undefined : 'us-east-1')
    return {
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { clientConfig: { region } }),
    }
  }

  /**
   * Waits until the log and the store answer. Creates the topics of all datasets in the log. Refuses a store that does
   * not fence or that belongs to another log.
   */
  async preparePlumbing({ log, store }: Partial<Plumbing>): Promise<void> {
    await Promise.all([
      log && this.untilReachable(logPart, () => this.#ensureTopics(log)),
      store && this.untilReachable('store', () => probeStore(store)),
    ])
    if (log === undefined || store === undefined) return
    for (const { topic } of this.datasets) await this.untilReachable('log', () => this.#noteStamps(log, topic))
    for (const { name: dataset, topic } of this.datasets) {
      await this.untilReachable('store', () => requireOwnStore({ log, store, topic, dataset }))
    }
  }

  readonly openEngine: OpenEngine = async (name, memoryBytesMax, threads = this.limits.batch.threads) => {
    const spillFolder = join(this.workFolder, `spill-${name}`)
    this.#spillFolders.add(spillFolder)
    return await openDuckDb({ memoryBytesMax, threads, spillFolder, signal: this.overdue })
  }

  readonly untilReachable: UntilReachable = (part, work) => {
    const mend = (): Promise<void> => this.mendFolders()
    return untilReachable(part, work, { waiting: this.waiting, signal: this.signal, mend })
  }

  /**
   * Creates the work folder and the spill folders again if they were removed. If that fails, their next use fails.
   */
  readonly mendFolders = async (): Promise<void> => {
    for (const folder of [this.workFolder, ...this.#spillFolders]) await makeFolder(folder).catch(() => undefined)
  }

  /** Asks the command to end; running work that takes too long is then interrupted. */
  stop(): void {
    this.#stop.abort()
    this.#grace ??= setTimeout(() => this.#overdue.abort(shuttingDown()), graceMs).unref()
  }

  /** Resolves when the process is to stop. */
  async stopped(): Promise<void> {
    if (this.signal.aborted) return
    await once(this.signal, 'abort')
  }

  #load(loaded: LoadedDatasets): void {
    this.#loaded = loaded
    if (loaded.datasets.length > 0) return
    throw new AppError('DATASET_FAULTY', `there is no dataset to run: ${loaded.leftOut.map(explain).join('; ')}`)
  }

  async #ensureTopics(log: EventLog): Promise<void> {
    for (const { topic } of this.datasets) await log.ensureTopic(topic)
  }

  /** Logged at the start of a process only. It decides what a record's time means. */
  async #noteStamps(log: EventLog, topic: string): Promise<void> {
    const settings = await log.settings(topic)
    if (settings?.stampedBy === 'log') this.logger.debug({ topic }, `topic ${topic}: ${settingsText(topic, settings)}`)
    else this.logger.warn({ topic }, `topic ${topic}: ${settingsText(topic, settings)}`)
  }

  async #askTopics(log: EventLog): Promise<void> {
    for (const { topic } of this.datasets) await log.bounds(topic)
  }

  /**
   * A call that waits for the log or the store may not notice that the process is to stop. Closing the part when the
   * process is overdue ends the call.
   */
  #plumbing<T extends { close(): Promise<void> }>(name: string, part: T): T {
    this.overdue.addEventListener('abort', () => {
      part.close().catch((error: unknown) => this.logger.warn({ err: error }, `the ${name} did not close`))
    })
    return this.closers.add(name, part)
  }

  #waitFor(part: string, message: string, probe: () => Promise<unknown>): void {
    this.logger.debug({ part }, message)
    this.#outages.note(part, message, probe)
  }

  async #openWorkFolder(): Promise<void> {
    const folder = this.folder('work')
    try {
      await makeFolder(folder)
      await removeDeadTemporaries(folder)
      await mkdir(this.workFolder)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      // A path that can never be a folder stays wrong after a restart; a full disk does not stay full.
      throw new AppError(
        mayPass(cause) ? 'DISK_FAILED' : 'CONFIG_INVALID',
        `TIDEMARK_DATA_DIR: ${this.config.TIDEMARK_DATA_DIR} cannot be written to: ${reason}`,
        { cause },
      )
    }
    this.closers.add('work folder', { close: () => rm(this.workFolder, { recursive: true, force: true }) })
  }

  async close(): Promise<void> {
    this.stop()
    await this.closers.close()
    clearTimeout(this.#grace)
  }
}
