import { Watch } from '../../schemas/async/watch.ts'
import { WorkQueue } from '../../schemas/async/work-queue.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { newestGeneration, newestUpTo } from '../../schemas/formats/generations.ts'
import { loadManifest, manifestKey } from '../../schemas/formats/manifest.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { foreignLog, refuseMismatch } from '../../schemas/formats/store-of-log.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import type { SpeedLayer } from '../../schemas/ports/speed-layer.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { HandOver } from './hand-over.ts'
import { dropOtherNativeTables } from './native-tables.ts'

export type GenerationWatchOptions = {
  readonly dataset: DefinedDataset
  readonly log: EventLog
  readonly store: ObjectStore
  readonly speed: Pick<SpeedLayer, 'state'>
  /** Belongs to this watch, which calls it once at a time. */
  readonly handOver: HandOver
  /** The folder of the native tables. */
  readonly nativeFolder: string
  readonly intervalMs: number
  readonly onHandOver?: (manifest: Manifest) => void
  /**
   * Called after each look at the interval, with its error, or null if it succeeded. The next look follows in any case.
   */
  readonly onLook?: (error: unknown) => void
}

/**
 * Hands over to the newest generation of a dataset's declaration whenever there is a newer one. Generations of other
 * declarations are skipped. Looks happen when `look` is called and, after `start`, at an interval. They run one after
 * the other, so that there is one hand-over at a time.
 */
export class GenerationWatch {
  readonly #options: GenerationWatchOptions
  readonly #looks = new WorkQueue()
  readonly #atInterval: Watch<void>
  #foreignUpTo = 0

  constructor(options: GenerationWatchOptions) {
    this.#options = options
    const { intervalMs, onLook } = options
    this.#atInterval = new Watch({ look: () => this.look(), intervalMs, ...(onLook === undefined ? {} : { onLook }) })
  }

  /** All generations between the attached one and this one were made by other declarations; 0 if none was. */
  get foreignUpTo(): number {
    return this.#foreignUpTo
  }

  /** Looks at the interval from now on. May be called twice. */
  start(): void {
    this.#atInterval.start()
  }

  /** Resolves once the newest generation of this moment, or a later one, is attached. Rejects if that failed. */
  look(): Promise<void> {
    return this.#looks.add(() => this.#look())
  }

  /** Resolves once no hand-over runs. */
  async close(): Promise<void> {
    await this.#atInterval.close()
    await this.#looks.idle()
  }

  async #look(): Promise<void> {
    const { dataset, handOver, nativeFolder, onHandOver } = this.#options
    const manifest = await this.#newest()
    if (manifest === null) return
    await this.#requireOwnLog(manifest)
    try {
      await handOver.to(manifest)
    } catch (error) {
      // Another process of this machine may be at a later generation and may have dropped these files from the cache.
      const newest = await this.#newest()
      if (newest === null || newest.generation <= manifest.generation) throw error
      return await this.#look()
    }
    onHandOver?.(manifest)
    await dropOtherNativeTables(nativeFolder, dataset, [manifest])
  }

  /** Returns the newest generation of this declaration if it is newer than the attached one; else null. */
  async #newest(): Promise<Manifest | null> {
    const { dataset, store, speed } = this.#options
    const attached = speed.state().generation
    const newest = await newestGeneration(store, dataset.name, Math.max(attached, this.#foreignUpTo))
    if (newest === null) return null
    const manifest = await loadManifest(store, manifestKey(dataset.name, newest))
    const own = await newestUpTo(store, manifest, dataset.hash, attached)
    if (own === null) this.#foreignUpTo = newest
    return own
  }

  async #requireOwnLog({ log_identity }: Manifest): Promise<void> {
    const { dataset, log, store } = this.#options
    const place = { topic: dataset.topic, log, store, logIdentity: await log.identity(dataset.topic) }
    refuseMismatch(foreignLog(place, { logIdentity: log_identity }))
  }
}
