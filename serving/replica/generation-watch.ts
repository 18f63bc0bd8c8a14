import { Watch } from '../../schemas/async/watch.ts'
import { WorkQueue } from '../../schemas/async/work-queue.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { listGenerations, loadManifest, manifestKey } from '../../schemas/formats/manifest.ts'
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
  /** This watch's alone: it calls it once at a time. */
  readonly handOver: HandOver
  /** Where the native tables of generations lie. */
  readonly nativeFolder: string
  readonly intervalMs: number
  readonly onHandOver?: (manifest: Manifest) => void
  /** Called for each look at the interval, with what made it fail or null; the next one follows in any case. */
  readonly onLook?: (error: unknown) => void
}

/**
 * Hands over to the newest generation that a dataset's declaration made, whenever there is a newer one. Generations of
 * other declarations are passed over. It looks when it is asked to, and once it is started at an interval too; looks wait
 * for each other, so that one hand-over at most is under way.
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

  /** No generation up to this one, beyond the attached one, is of this declaration; 0 where there was none to look at. */
  get foreignUpTo(): number {
    return this.#foreignUpTo
  }

  /** Looks at the interval from now on. May be called twice. */
  start(): void {
    this.#atInterval.start()
  }

  /** Resolves once the newest generation there is now, or a later one, is attached. Rejects where that failed. */
  look(): Promise<void> {
    return this.#looks.add(() => this.#look())
  }

  /** Resolves once no hand-over is under way. */
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
      // Another process of the machine that is further on may have dropped these files from the cache.
      const newest = await this.#newest()
      if (newest === null || newest.generation <= manifest.generation) throw error
      return await this.#look()
    }
    onHandOver?.(manifest)
    await dropOtherNativeTables(nativeFolder, dataset, [manifest])
  }

  /** The newest generation that this declaration made, where it is newer than the attached one; else null. */
  async #newest(): Promise<Manifest | null> {
    const { dataset, store, speed } = this.#options
    const after = Math.max(speed.state().generation, this.#foreignUpTo)
    const generations = await listGenerations(store, dataset.name, after)
    for (const generation of generations.toReversed()) {
      const manifest = await loadManifest(store, manifestKey(dataset.name, generation))
      if (manifest.declaration === dataset.hash) return manifest
    }
    this.#foreignUpTo = generations.at(-1) ?? after
    return null
  }

  async #requireOwnLog({ log_identity }: Manifest): Promise<void> {
    const { dataset, log, store } = this.#options
    const place = { topic: dataset.topic, log, store, logIdentity: await log.identity(dataset.topic) }
    refuseMismatch(foreignLog(place, { logIdentity: log_identity }))
  }
}
