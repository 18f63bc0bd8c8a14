import { openArchiver } from '../batch/archive.ts'
import type { ArchiveOptions, Archiver } from '../batch/archive.ts'
import { Deferred } from '../schemas/deferred.ts'
import type { Positions } from '../schemas/tidemark.ts'
import { isOutage } from './plumbing.ts'
import type { Parts } from './parts.ts'

/**
 * An archiver that outlasts outages: one that ended because the log or the store could not be reached is followed by
 * another, from the end of the chain, once they answer. What was read and not archived is in the log.
 */
export class LastingArchiver {
  readonly #parts: Parts
  readonly #name: string
  readonly #options: ArchiveOptions
  readonly #end = new Deferred()
  #archiver: Archiver
  #lasting: Promise<void>

  static async open(parts: Parts, name: string, options: ArchiveOptions): Promise<LastingArchiver> {
    const archiver = await parts.untilReachable(`archive of ${name}`, () => openArchiver(options))
    return new LastingArchiver({ parts, name, options, archiver })
  }

  private constructor({
    parts,
    name,
    options,
    archiver,
  }: {
    parts: Parts
    name: string
    options: ArchiveOptions
    archiver: Archiver
  }) {
    this.#parts = parts
    this.#name = name
    this.#options = options
    this.#archiver = archiver
    this.#lasting = this.#last().then(this.#end.resolve, this.#end.reject)
  }

  /** Resolves once the process stops; rejects when archiving ended for another reason than an outage. */
  get ended(): Promise<void> {
    return this.#end.promise
  }

  positions(): Positions {
    return this.#archiver.positions()
  }

  roll(): Promise<void> {
    return this.#archiver.roll()
  }

  /** To be called once the process is to stop. */
  async close(): Promise<void> {
    await this.#archiver.close()
    await this.#lasting
  }

  async #last(): Promise<void> {
    while (!this.#parts.signal.aborted) {
      try {
        await this.#archiver.ended
        return
      } catch (error) {
        if (!isOutage(error)) throw error
        this.#parts.logger.warn(
          { err: error },
          `archive of ${this.#name}: an outage ended it; it goes on from the chain's end`,
        )
      }
      await this.#archiver.close()
      await this.#reopen()
    }
  }

  async #reopen(): Promise<void> {
    try {
      this.#archiver = await this.#parts.untilReachable(`archive of ${this.#name}`, () => openArchiver(this.#options))
    } catch (error) {
      if (!this.#parts.signal.aborted) throw error
    }
  }
}
