import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { endsOf } from '../../schemas/formats/offset-ranges.ts'
import { requireReach } from '../../schemas/formats/store-of-log.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import type { Engine, Session } from '../../schemas/ports/engine.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import type { SpeedLayer } from '../../schemas/ports/speed-layer.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { GenerationWatch } from './generation-watch.ts'
import { HandOver } from './hand-over.ts'
import { createPublicViews } from './merged-view.ts'
import type { ReplicaDataset } from './replica-reader.ts'
import { waitingFor } from './replica-phase.ts'
import type { ReplicaPhase } from './replica-phase.ts'

export type ReplicaOptions = {
  readonly dataset: DefinedDataset
  readonly log: EventLog
  readonly store: ObjectStore
  /** Belongs to the replica, which starts and closes it. */
  readonly speed: SpeedLayer
  /** The engine that holds the merged view and the speed layer's tables. */
  readonly engine: Engine
  /** The engine that builds native tables. It is never locked. */
  readonly nativeEngine: Engine
  readonly cacheFolder: string
  /** The folder in which native tables are built, on the same disk as the cache. */
  readonly workFolder?: string
  /** How often the replica looks in the store for a newer generation. */
  readonly watchIntervalMs: number
  /** Called at each phase that the replica enters, with what it waits for, for people; null if it is ready. */
  readonly onPhase?: (waitsFor: string | null) => void
  readonly onHandOver?: (manifest: Manifest) => void
  /**
   * Called after each look for a newer generation, with its error, or null if it succeeded. The next look follows in
   * any case.
   */
  readonly onWatch?: (error: unknown) => void
  readonly onDetachFailed?: (error: unknown) => void
}

/**
 * One dataset's merged view in one process. `start()` takes it through its phases, one after the other:
 * 1. starting: it asks for the log's end;
 * 2. attaching: it attaches the newest generation of its declaration;
 * 3. awaiting-generation, only if there are generations and other declarations made all of them: without one of its
 *    own, the speed view would have to hold the whole history;
 * 4. loading-chunks: it folds the raw chunks beyond the tidemark, and makes sure that the log reaches as far;
 * 5. catching-up: it follows the log until it has reached the end that the log had at the start;
 * 6. ready: it answers, and goes on following.
 * From loading-chunks on it hands over to each later generation that it finds, so it reads only what the batch layer has
 * not covered by then, and never waits for a batch layer that may not run. If a start fails, the phase stays; the next
 * start begins with the first phase and does not repeat work that is done. `close()` ends the replica in any phase.
 */
export class DatasetReplica implements ReplicaDataset {
  readonly dataset: DefinedDataset
  readonly speed: SpeedLayer
  readonly #options: ReplicaOptions
  readonly #session: Session
  readonly #generations: GenerationWatch
  #phase: ReplicaPhase = { kind: 'starting', startEnd: null }
  #starting: Promise<void> = Promise.resolve()
  readonly #closing = new AbortController()

  static async open(options: ReplicaOptions): Promise<DatasetReplica> {
    const session = await options.engine.connect()
    await createPublicViews(session, options.dataset)
    return new DatasetReplica(options, session)
  }

  private constructor(options: ReplicaOptions, session: Session) {
    const { dataset, speed } = options
    this.#options = options
    this.#session = session
    this.dataset = dataset
    this.speed = speed
    this.#generations = watchGenerations(options, session)
  }

  get phase(): ReplicaPhase {
    return this.#phase
  }

  /** Resolves after `close()`; rejects if the replica ended for another reason. */
  get ended(): Promise<void> {
    return this.speed.ended
  }

  /**
   * Resolves once the replica is ready. May be called again after it has failed. Rejects if the replica is closed
   * before.
   */
  start(): Promise<void> {
    this.#starting = this.#start()
    return this.#starting
  }

  /**
   * Hands over to the newest generation of this declaration, if there is a newer one. Calls run one after the other.
   */
  refresh(): Promise<void> {
    return this.#generations.look()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#starting.catch(() => undefined)
    await this.#generations.close()
    await this.speed.close()
    this.#session.close()
  }

  async #start(): Promise<void> {
    const { signal } = this.#closing
    const startEnd = await this.#logEnd()
    this.#enter({ kind: 'attaching', startEnd })
    await this.#attachFirst(startEnd)
    this.#enter({ kind: 'loading-chunks', startEnd })
    this.#generations.start()
    await this.speed.loadChunks()
    await this.#requireReach()
    this.#enter({ kind: 'catching-up', startEnd })
    this.speed.start()
    await Promise.race([this.speed.reach(startEnd, signal), this.ended])
    this.#enter({ kind: 'ready', startEnd })
  }

  #enter(phase: ReplicaPhase): void {
    this.#closing.signal.throwIfAborted()
    this.#phase = phase
    this.#options.onPhase?.(waitingFor(phase, this.speed.state().generation))
  }

  async #attachFirst(startEnd: Positions): Promise<void> {
    const { dataset, watchIntervalMs } = this.#options
    const isAttached = () => this.speed.state().generation > 0
    await this.refresh()
    const newest = this.#generations.foreignUpTo
    if (isAttached() || newest === 0) return
    this.#enter({ kind: 'awaiting-generation', startEnd, declaration: dataset.hash, newest })
    while (!isAttached()) {
      await delay(watchIntervalMs, undefined, { signal: this.#closing.signal })
      await this.refresh()
    }
  }

  /** Reads the log's end again: generations and chunks may be newer than the start. */
  async #requireReach(): Promise<void> {
    const { dataset, log, store } = this.#options
    requireReach(
      { topic: dataset.topic, log, store },
      { archived: this.speed.state().positions, logEnds: await this.#logEnd() },
    )
  }

  async #logEnd(): Promise<Positions> {
    const { dataset, log } = this.#options
    return endsOf(await log.bounds(dataset.topic))
  }
}

function watchGenerations(options: ReplicaOptions, session: Session): GenerationWatch {
  const { dataset, log, store, speed, nativeEngine, cacheFolder, workFolder, watchIntervalMs } = options
  const nativeFolder = join(cacheFolder, 'native')
  const handOver = new HandOver({
    dataset,
    session,
    speed,
    onDetachFailed: (error) => options.onDetachFailed?.(error),
    natives: {
      store,
      folder: nativeFolder,
      engine: nativeEngine,
      ...(workFolder === undefined ? {} : { buildFolder: workFolder }),
    },
  })
  return new GenerationWatch({
    dataset,
    log,
    store,
    speed,
    handOver,
    nativeFolder,
    intervalMs: watchIntervalMs,
    onHandOver: (manifest) => options.onHandOver?.(manifest),
    onLook: (error) => options.onWatch?.(error),
  })
}
