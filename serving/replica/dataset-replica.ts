import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { WorkQueue } from '../../schemas/async/work-queue.ts'
import type { Engine, Session } from '../../schemas/ports/engine.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { listGenerations, loadManifest, manifestKey } from '../../schemas/formats/manifest.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import { foreignLog, refuseMismatch, requireReach } from '../../schemas/formats/store-of-log.ts'
import type { StoreAndLog } from '../../schemas/formats/store-of-log.ts'
import type { SpeedLayer } from '../../schemas/ports/speed-layer.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { HandOver } from './hand-over.ts'
import { createPublicViews } from './merged-view.ts'
import { dropOtherNativeTables } from './native-tables.ts'
import type { ReplicaDataset } from './replica-reader.ts'

export type ReplicaOptions = {
  readonly dataset: DefinedDataset
  readonly log: EventLog
  readonly store: ObjectStore
  /** The replica's from now on: it starts and closes it. */
  readonly speed: SpeedLayer
  /** Holds the merged view, and the speed layer's. */
  readonly engine: Engine
  /** Builds native tables; never locked. */
  readonly nativeEngine: Engine
  readonly cacheFolder: string
  /** For native tables in the making, on the same disk as the cache. */
  readonly workFolder?: string
  /** How often the store is asked for a newer generation. */
  readonly watchIntervalMs: number
  readonly onHandOver?: (manifest: Manifest) => void
  /** Called for each look for a newer generation, with what made it fail or null; the next one follows in any case. */
  readonly onWatch?: (error: unknown) => void
  readonly onDetachFailed?: (error: unknown) => void
}

/**
 * One dataset's merged view in one process. Starting: attach the newest generation of its declaration, load the raw chunks
 * beyond it, follow the log. Ready: once it has reached the log's end as it was at the start.
 */
export class DatasetReplica implements ReplicaDataset {
  readonly dataset: DefinedDataset
  readonly speed: SpeedLayer
  readonly #options: ReplicaOptions
  readonly #handOver: HandOver
  readonly #attaching: Session
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
    const session = await options.engine.connect()
    await createPublicViews(session, options.dataset)
    return new DatasetReplica(options, session)
  }

  private constructor(options: ReplicaOptions, session: Session) {
    const { dataset, speed, store, nativeEngine, cacheFolder, workFolder } = options
    this.#options = options
    this.#attaching = session
    this.dataset = dataset
    this.speed = speed
    this.#handOver = new HandOver({
      dataset,
      session,
      speed,
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
    return this.speed.ended
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
    await this.speed.loadChunks()
    // The log's end as it is by now: generations and chunks may be newer than the start.
    requireReach(this.#place(), {
      archived: this.speed.state().positions,
      logEnds: endsOf(await log.bounds(dataset.topic)),
    })
    this.#closing.signal.throwIfAborted()
    this.speed.start()
    this.#waitingFor = `the log's end as it was at the start`
    await Promise.race([this.speed.reach(this.#startEnd, this.#closing.signal), this.ended])
    this.#closing.signal.throwIfAborted()
    this.#waitingFor = null
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
    await this.#starting.catch(() => undefined)
    await this.#refreshes.idle()
    await this.speed.close()
    this.#attaching.close()
  }

  async #refresh(): Promise<void> {
    const manifest = await this.#newest()
    if (manifest === null || manifest.generation <= this.speed.state().generation) return
    await this.#checkIdentity(manifest)
    try {
      await this.#handOver.to(manifest)
    } catch (error) {
      // Another process of the machine that is further on may have dropped these files from the cache.
      const newest = await this.#newest()
      if (newest === null || newest.generation <= manifest.generation) throw error
      return await this.#refresh()
    }
    this.#options.onHandOver?.(manifest)
    await dropOtherNativeTables(join(this.#options.cacheFolder, 'native'), this.dataset, [manifest])
  }

  async #attachFirst(): Promise<void> {
    const { dataset, store } = this.#options
    await this.refresh()
    const newest = (await listGenerations(store, dataset.name)).at(-1)
    if (newest === undefined || this.speed.state().generation > 0) return
    this.#waitingFor = `a generation of this declaration (${dataset.hash}): the ${newest} there are were made by another; the next batch run makes one`
    while (this.speed.state().generation === 0) await this.#nextWatch()
  }

  async #nextWatch(): Promise<void> {
    await delay(this.#options.watchIntervalMs, undefined, { signal: this.#closing.signal })
    await this.refresh()
  }

  /** The newest generation that this declaration made, newer than the attached one. */
  async #newest(): Promise<Manifest | null> {
    const { dataset, store } = this.#options
    const after = Math.max(this.speed.state().generation, this.#foreignUpTo)
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
