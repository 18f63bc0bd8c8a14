import { setTimeout as delay } from 'node:timers/promises'
import { openArchiver } from '../../batch/archive/archiver.ts'
import type { ArchiveOptions, Archiver } from '../../batch/archive/archiver.ts'
import { backoffMs } from '../../connectors/waiting/backoff.ts'
import { Deferred } from '../../schemas/async/deferred.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import { outageOf } from '../parts/outages.ts'
import type { Parts } from '../parts/parts.ts'

/** An archiver that opens may fail again when its next chunk is due: one that has lasted longer has recovered. */
const calmMsMin = 2000

/**
 * An archiver that outlasts outages: one that ended because the log, the store or the disk failed is followed by another,
 * from the end of the chain, once they answer. What was read and not archived is in the log.
 */
export class LastingArchiver {
  readonly #parts: Parts
  readonly #part: string
  readonly #options: ArchiveOptions
  readonly #end = new Deferred()
  #archiver: Archiver | undefined
  /** Since it last recovered. */
  #failures = 0
  #calm: NodeJS.Timeout | undefined
  #lasting: Promise<void> = Promise.resolve()

  static async open(parts: Parts, name: string, options: ArchiveOptions): Promise<LastingArchiver> {
    const lasting = new LastingArchiver(parts, `archive of ${name}`, options)
    await lasting.#open()
    return lasting
  }

  private constructor(parts: Parts, part: string, options: ArchiveOptions) {
    this.#parts = parts
    this.#part = part
    this.#options = {
      ...options,
      onChunk: (chunk) => {
        this.#recover()
        options.onChunk?.(chunk)
      },
    }
  }

  /** Resolves once the process stops; rejects when archiving ended for another reason than an outage. */
  get ended(): Promise<void> {
    return this.#end.promise
  }

  positions(): Positions {
    return this.#archiver?.positions() ?? new Map()
  }

  async roll(): Promise<void> {
    await this.#archiver?.roll()
  }

  /** To be called once the process is to stop. */
  async close(): Promise<void> {
    clearTimeout(this.#calm)
    await this.#archiver?.close()
    await this.#lasting
  }

  async #open(): Promise<void> {
    this.#archiver = await this.#parts.untilReachable(this.#part, () => openArchiver(this.#options))
    this.#lasting = this.#last().then(this.#end.resolve, this.#end.reject)
  }

  async #last(): Promise<void> {
    while (!this.#parts.signal.aborted) {
      try {
        await this.#archiver?.ended
        return
      } catch (error) {
        await this.#note(error)
      }
      await this.#archiver?.close()
      await this.#reopen()
    }
  }

  async #reopen(): Promise<void> {
    while (!this.#parts.signal.aborted) {
      try {
        this.#archiver = await unlessAborted(() => openArchiver(this.#options), this.#parts.signal)
        const calmMs = Math.max(calmMsMin, 2 * this.#options.chunkAgeMsMax)
        this.#calm = setTimeout(() => this.#recover(), calmMs)
        return
      } catch (error) {
        if (!this.#parts.signal.aborted) await this.#note(error)
      }
    }
  }

  /** Names the outage and gives it time. Throws what is none. */
  async #note(cause: unknown): Promise<void> {
    const { signal, waiting } = this.#parts
    const outage = outageOf(cause)
    if (outage === null) throw cause
    clearTimeout(this.#calm)
    this.#failures += 1
    waiting.set(this.#part, `${this.#part}: an outage ended it; it goes on from the chain's end: ${outage.message}`)
    await delay(backoffMs(this.#failures), undefined, { signal }).catch(() => undefined)
    await this.#parts.mendFolders()
  }

  #recover(): void {
    clearTimeout(this.#calm)
    this.#failures = 0
    this.#parts.waiting.clear(this.#part)
  }
}
