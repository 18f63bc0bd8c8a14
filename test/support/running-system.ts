import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { archiveToEnd } from '../../batch/archive/archiver.ts'
import { runBatch } from '../../batch/run.ts'
import type { RunResult } from '../../batch/run.ts'
import { verifyDataset } from '../../batch/verify/verify.ts'
import type { VerifyReport } from '../../batch/verify/verify.ts'
import { DatasetReplica } from '../../serving/replica/dataset-replica.ts'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import { openFolderStore } from '../../connectors/folder/store.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { NewRecord } from '../../schemas/ports/log.ts'
import { Deferred } from '../../schemas/async/deferred.ts'
import { hasReached } from '../../schemas/formats/tidemark.ts'
import { ReplicaReader } from '../../serving/replica/replica-reader.ts'
import { MemoryLog } from '../fakes/memory-log.ts'
import { openSpeedLayer } from '../../speed/speed-layer.ts'
import type { NewlyLost } from '../../speed/speed-view.ts'
import type { LoggedRecord, Sent } from '../oracle/recount.ts'

const memoryBytesMax = 512 * 1024 * 1024

type Parts = {
  readonly dataset: DefinedDataset
  readonly folder: string
  readonly log: MemoryLog
  readonly store: Awaited<ReturnType<typeof openFolderStore>>
  readonly builder: Awaited<ReturnType<typeof openDuckDb>>
  readonly host?: RunningSystem
}

/**
 * The whole path of an event in one process: a log in memory, and the real archive, batch run, Parquet files and native
 * tables.
 */
export class RunningSystem {
  readonly log: MemoryLog
  /** The losses that its replicas reported, in order. */
  readonly newlyLost: NewlyLost[] = []
  readonly #dataset: DefinedDataset
  /** The system that this one shares log, store and engine with; undefined if it has its own. */
  readonly #host: RunningSystem | undefined
  readonly #folder: string
  readonly #store: Awaited<ReturnType<typeof openFolderStore>>
  #engine: Awaited<ReturnType<typeof openDuckDb>> | undefined
  readonly #builder: Awaited<ReturnType<typeof openDuckDb>>
  #replica: DatasetReplica | undefined

  /** The log stamps records with `now`. */
  static async open(
    dataset: DefinedDataset,
    partitionCount: number,
    now: () => number = Date.now,
  ): Promise<RunningSystem> {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-exactness-'))
    const log = new MemoryLog({ partitionCount, now })
    await log.ensureTopic(dataset.topic)
    const [store, builder] = [await openFolderStore({ folder: join(folder, 'store') }), await openEngine(folder)]
    return new RunningSystem({ dataset, folder, log, store, builder })
  }

  private constructor(parts: Parts) {
    this.#dataset = parts.dataset
    this.#host = parts.host
    this.#folder = parts.folder
    this.log = parts.log
    this.#store = parts.store
    this.#builder = parts.builder
  }

  /**
   * Opens another dataset in the same process, with the same log, store and engine. Its replica must be started after
   * this one's. Close it first.
   */
  async openBeside(dataset: DefinedDataset): Promise<RunningSystem> {
    await this.log.ensureTopic(dataset.topic)
    const [folder, log, store, builder] = [this.#folder, this.log, this.#store, this.#builder]
    return new RunningSystem({ dataset, folder, log, store, builder, host: this })
  }

  /** In the order given: what is sent in one call is received at one time between two tombstones. */
  async append(sent: readonly Sent[]): Promise<void> {
    const { topic } = this.#dataset
    let values: NewRecord[] = []
    for (const one of sent) {
      if ('key' in one) {
        await this.log.append(topic, values)
        await this.log.appendTombstones(topic, [one.key])
        values = []
      } else values.push({ key: null, value: one })
    }
    await this.log.append(topic, values)
  }

  /** With another log of the same identity, an archiver can have read records that this log no longer holds. */
  async archive(log: MemoryLog = this.log): Promise<void> {
    const session = await this.#builder.connect()
    try {
      await archiveToEnd({
        log,
        store: this.#store,
        session,
        topic: this.#dataset.topic,
        workFolder: join(this.#folder, 'work'),
        chunkBytesMax: 1e9,
        chunkAgeMsMax: 1e9,
      })
    } finally {
      session.close()
    }
  }

  async run(options: { readonly isRebuild?: boolean; readonly fileRowsMax?: number } = {}): Promise<RunResult> {
    return await runBatch({
      dataset: this.#dataset,
      store: this.#store,
      openEngine: () => openEngine(this.#folder),
      workFolder: join(this.#folder, 'work'),
      fileRowsMax: options.fileRowsMax ?? 1_000_000,
      groupBytesMax: 64 * 1024 * 1024,
      segmentBytesMax: 128 * 1024 * 1024,
      isRebuild: options.isRebuild ?? false,
    })
  }

  /** Compares the newest generation with the raw chunks and the log. */
  async verify(): Promise<VerifyReport> {
    return await verifyDataset({
      dataset: this.#dataset,
      log: this.log,
      store: this.#store,
      openEngine: () => openEngine(this.#folder),
      workFolder: join(this.#folder, 'work'),
      groupBytesMax: 64 * 1024 * 1024,
      segmentBytesMax: 128 * 1024 * 1024,
      examplesMax: 3,
    })
  }

  /** Writes rubbish over every file of the native cache. */
  async spoilCache(): Promise<void> {
    const natives = join(this.#folder, 'cache', 'native')
    for (const name of await readdir(natives)) await writeFile(join(natives, name), 'rubbish')
  }

  /** Starts a replica over the store and the log. Closes the one before. */
  async startReplica(): Promise<void> {
    await this.closeReplica()
    this.#engine = this.#host === undefined ? await openEngine(this.#folder) : this.#host.#engine
    if (this.#engine === undefined) throw new TypeError('the replica of the host was not started')
    const shared = { dataset: this.#dataset, log: this.log, store: this.#store, engine: this.#engine }
    const speed = await openSpeedLayer({
      ...shared,
      intervalMs: 0,
      pendingBytesMax: 1e9,
      onLost: (newly) => this.newlyLost.push(newly),
    })
    this.#replica = await DatasetReplica.open({
      ...shared,
      speed,
      nativeEngine: this.#builder,
      cacheFolder: join(this.#folder, 'cache'),
      watchIntervalMs: 1e9,
    })
    await this.#replica.start()
  }

  async closeReplica(): Promise<void> {
    await this.#replica?.close()
    if (this.#host === undefined) this.#engine?.close()
    this.#replica = undefined
    this.#engine = undefined
  }

  async handOver(): Promise<void> {
    await this.replica.refresh()
  }

  /** Resolves once the merged view holds everything that the log holds. */
  async catchUp(): Promise<void> {
    const bounds = await this.log.bounds(this.#dataset.topic)
    await this.replica.speed.reach(new Map([...bounds].map(([partition, { nextOffset }]) => [partition, nextOffset])))
  }

  get replica(): DatasetReplica {
    if (this.#replica === undefined) throw new TypeError('no replica was started')
    return this.#replica
  }

  async read<T>(use: (session: Awaited<ReturnType<typeof this.connect>>) => Promise<T>): Promise<T> {
    const session = await this.connect()
    try {
      return await use(session)
    } finally {
      session.close()
    }
  }

  /** Returns a reader that answers as the service does, for this dataset and those beside it. */
  createReader(beside: readonly RunningSystem[] = []): ReplicaReader {
    if (this.#engine === undefined) throw new TypeError('no replica was started')
    return new ReplicaReader(this.#engine.instance, [this.replica, ...beside.map(({ replica }) => replica)])
  }

  connect() {
    if (this.#engine === undefined) throw new TypeError('no replica was started')
    return this.#engine.connect()
  }

  /** Returns every record of the log, for the recount. */
  async logged(): Promise<readonly LoggedRecord[]> {
    const bounds = await this.log.bounds(this.#dataset.topic)
    const end = new Map([...bounds].map(([partition, { nextOffset }]) => [partition, nextOffset]))
    const read = new Map<number, bigint>()
    const records: LoggedRecord[] = []
    const reached = new Deferred()
    if (hasReached(read, end)) return records
    const follower = this.log.follow(
      this.#dataset.topic,
      new Map(),
      async ({ partition, nextOffset, records: slice }) => {
        for (const { offset, timestamp, key, value } of slice)
          records.push({ partition, offset, timestamp, key, value })
        read.set(partition, nextOffset)
        if (hasReached(read, end)) reached.resolve()
      },
    )
    await reached.promise
    await follower.close()
    return records
  }

  async close(): Promise<void> {
    await this.closeReplica()
    if (this.#host !== undefined) return
    this.#builder.close()
    await this.#store.close()
    await this.log.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function openEngine(folder: string): ReturnType<typeof openDuckDb> {
  return openDuckDb({ memoryBytesMax, threads: 1, spillFolder: join(folder, 'spill') })
}
