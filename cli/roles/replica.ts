import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { Deferred } from '../../schemas/async/deferred.ts'
import { WorkQueue } from '../../schemas/async/work-queue.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { listGenerations, loadManifest, manifestKey } from '../../schemas/formats/manifest.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import { foreignLog, refuseMismatch, requireReach } from '../../schemas/formats/store-of-log.ts'
import type { StoreAndLog } from '../../schemas/formats/store-of-log.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { HandOver } from '../../serving/replica/hand-over.ts'
import { createPublicViews } from '../../serving/replica/merged-view.ts'
import { dropOtherNativeTables } from '../../serving/replica/native-tables.ts'
import type { ReplicaDataset } from '../../serving/replica/replica-reader.ts'
import { LogFollower } from '../../speed/follow-log.ts'
import type { MicroBatchFacts } from '../../speed/follow-log.ts'
import { loadChunks } from '../../speed/load-chunks.ts'
import { MemorySpeedView } from '../../speed/speed-view.ts'
import type { NewlyLost } from '../../speed/speed-view.ts'

export type ReplicaOptions = {
  readonly dataset: DefinedDataset
  readonly log: EventLog
  readonly store: ObjectStore
  /** Holds the merged view. */
  readonly engine: DuckDbEngine
  /** Builds native tables; never locked. */
  readonly nativeEngine: DuckDbEngine
  readonly cacheFolder: string
  /** For native tables in the making, on the same disk as the cache. */
  readonly workFolder?: string
  readonly microBatchIntervalMs: number
  readonly pendingBytesMax: number
  /** How often the store is asked for a newer generation. */
  readonly watchIntervalMs: number
  readonly onHandOver?: (manifest: Manifest) => void
  readonly onMicroBatch?: (batch: MicroBatchFacts) => void
  /** Called once a step was taken since which answers lack what the log deleted before it was archived. */
  readonly onLost?: (newly: NewlyLost) => void
  /** Called for each look for a newer generation, with what made it fail or null; the next one follows in any case. */
  readonly onWatch?: (error: unknown) => void
  /** Repeats a fold for as long as what it fails for may pass. */
  readonly untilFolded?: (fold: () => Promise<void>) => Promise<void>
  readonly onDetachFailed?: (error: unknown) => void
}

/**
 * One dataset's merged view in one process. Starting: attach the newest generation of its declaration, load the raw chunks
 * beyond it, follow the log. Ready: once it has reached the log's end as it was at the start.
 */
export class DatasetReplica implements ReplicaDataset {
  readonly dataset: DefinedDataset
  readonly view: MemorySpeedView
  readonly progress: LogFollower
  readonly #options: ReplicaOptions
  readonly #handOver: HandOver
  readonly #sessions: { close(): void }[]
  readonly #end = new Deferred()
  #waitingFor: string | null = 'the log'
  #startEnd: Positions | null = null
  #watch: NodeJS.Timeout | undefined
  readonly #refreshes = new WorkQueue()
  #isLooking = false
  /** Up to here every generation was made by another declaration. */
  #foreignUpTo = 0
  #starting: Promise<void> = Promise.resolve()
  readonly #closing = new AbortController()

  static async open(options: ReplicaOptions): Promise<DatasetReplica> {
    const [speed, attach] = [await options.engine.connect(), await options.engine.connect()]
    const view = new MemorySpeedView(options.dataset, speed, { onLost: (newly) => options.onLost?.(newly) })
    await view.open()
    await createPublicViews(attach, options.dataset)
    return new DatasetReplica(options, { view, speed, attach })
  }

  private constructor(
    options: ReplicaOptions,
    {
      view,
      speed,
      attach,
    }: {
      view: MemorySpeedView
      speed: Awaited<ReturnType<DuckDbEngine['connect']>>
      attach: Awaited<ReturnType<DuckDbEngine['connect']>>
    },
  ) {
    const { dataset, log, store, nativeEngine, cacheFolder, workFolder, microBatchIntervalMs, pendingBytesMax } =
      options
    this.#options = options
    this.#sessions = [speed, attach]
    this.dataset = dataset
    this.view = view
    this.progress = new LogFollower({
      log,
      topic: dataset.topic,
      view,
      intervalMs: microBatchIntervalMs,
      pendingBytesMax,
      loadLost: () => this.#loadChunks(),
      ...(options.untilFolded === undefined ? {} : { untilFolded: options.untilFolded }),
      onApplied: (batch) => options.onMicroBatch?.(batch),
    })
    this.#handOver = new HandOver({
      dataset,
      session: attach,
      view,
      onDetachFailed: options.onDetachFailed ?? (() => {}),
      natives: {
        store,
        folder: join(cacheFolder, 'native'),
        engine: nativeEngine,
        ...(workFolder === undefined ? {} : { buildFolder: workFolder }),
      },
    })
  }

  readonly startEnd = (): Positions | null => this.#startEnd
  readonly waitingFor = (): string | null => this.#waitingFor

  /** Resolves after `close()`; rejects when the replica ended for any other reason. */
  get ended(): Promise<void> {
    return this.#end.promise
  }

  /** Resolves once it is ready. May be called again after it has failed. Rejects when it is closed before. */
  start(): Promise<void> {
    this.#starting = this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { dataset, log } = this.#options
    this.#startEnd = endsOf(await log.bounds(dataset.topic))
    this.#closing.signal.throwIfAborted()
    clearInterval(this.#watch)
    this.#watch = setInterval(() => void this.#look(), this.#options.watchIntervalMs)
    await this.#attachFirst()
    this.#waitingFor = 'raw chunks beyond the tidemark'
    await this.#loadChunks()
    // The log's end as it is by now: generations and chunks may be newer than the start.
    requireReach(this.#place(), {
      archived: this.view.state().positions,
      logEnds: endsOf(await log.bounds(dataset.topic)),
    })
    this.#closing.signal.throwIfAborted()
    this.progress.start()
    this.progress.ended.then(this.#end.resolve, this.#end.reject)
    this.#waitingFor = `the log's end as it was at the start`
    await Promise.race([this.progress.reach(this.#startEnd), this.ended])
    this.#closing.signal.throwIfAborted()
    this.#waitingFor = null
  }

  async #loadChunks(): Promise<void> {
    const { dataset, store, engine } = this.#options
    const session = await engine.connect()
    try {
      await loadChunks({ dataset, store, session, view: this.view })
    } finally {
      session.close()
    }
  }

  /** Hands over to the newest generation of this declaration, if there is a newer one. Calls queue up. */
  refresh(): Promise<void> {
    return this.#refreshes.add(() => this.#refresh())
  }

  /** A tick while the last one is still looking is passed over. */
  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.refresh()
      this.#options.onWatch?.(null)
    } catch (error) {
      this.#options.onWatch?.(error)
    } finally {
      this.#isLooking = false
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#watch)
    await this.progress.close()
    this.#end.resolve()
    await this.#starting.catch(() => undefined)
    await this.#refreshes.idle()
    for (const session of this.#sessions) session.close()
  }

  async #refresh(): Promise<void> {
    const manifest = await this.#newest()
    if (manifest === null || manifest.generation <= this.view.state().generation) return
    await this.#checkIdentity(manifest)
    try {
      await this.#handOver.to(manifest)
    } catch (error) {
      // Another process of the machine that is further on may have dropped these files from the cache.
      const newest = await this.#newest()
      if (newest === null || newest.generation <= manifest.generation) throw error
      return await this.#refresh()
    }
    this.progress.noteProgress()
    this.#options.onHandOver?.(manifest)
    await dropOtherNativeTables(join(this.#options.cacheFolder, 'native'), this.dataset, [manifest])
  }

  async #attachFirst(): Promise<void> {
    const { dataset, store } = this.#options
    await this.refresh()
    const newest = (await listGenerations(store, dataset.name)).at(-1)
    if (newest === undefined || this.view.state().generation > 0) return
    this.#waitingFor = `a generation of this declaration (${dataset.hash}): the ${newest} there are were made by another; the next batch run makes one`
    while (this.view.state().generation === 0) await this.#nextWatch()
  }

  async #nextWatch(): Promise<void> {
    await delay(this.#options.watchIntervalMs, undefined, { signal: this.#closing.signal })
    await this.refresh()
  }

  /** The newest generation that this declaration made, newer than the attached one. */
  async #newest(): Promise<Manifest | null> {
    const { dataset, store } = this.#options
    const after = Math.max(this.view.state().generation, this.#foreignUpTo)
    const generations = await listGenerations(store, dataset.name, after)
    for (const generation of generations.toReversed()) {
      const manifest = await loadManifest(store, manifestKey(dataset.name, generation))
      if (manifest.declaration === dataset.hash) return manifest
    }
    this.#foreignUpTo = generations.at(-1) ?? after
    return null
  }

  async #checkIdentity({ log_identity }: Manifest): Promise<void> {
    const place = { ...this.#place(), logIdentity: await this.#options.log.identity(this.dataset.topic) }
    refuseMismatch(foreignLog(place, { logIdentity: log_identity }))
  }

  #place(): Omit<StoreAndLog, 'logIdentity'> {
    const { dataset, log, store } = this.#options
    return { topic: dataset.topic, log, store }
  }
}
