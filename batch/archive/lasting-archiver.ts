import { openArchiver } from './archiver.ts'
import type { ArchiveOptions, Archiver } from './archiver.ts'
import { Deferred } from '../../schemas/async/deferred.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { outageOf } from '../../schemas/outage.ts'

export type LastingOptions = ArchiveOptions & {
  /** Aborts when the process is to stop. */
  readonly signal: AbortSignal
  /** Called for each outage, with a sentence for people. */
  readonly onOutage: (reason: string) => void
  readonly onRecovered: () => void
  /** Resolves when the next try is due after this many failures in a row, or when the signal aborts. */
  readonly pause: (failures: number) => Promise<void>
}

/** An archiver that has just opened may fail at its first chunk. One that lasts this long has recovered. */
const calmMsMin = 2000

/** `failures` counts failures since the last recovery. */
type State =
  | { readonly kind: 'down'; readonly failures: number }
  | { readonly kind: 'onProbation'; readonly failures: number; readonly calm: NodeJS.Timeout }
  | { readonly kind: 'archiving' }

/**
 * An archiver that outlasts outages. When the log, the store or the disk fails, the archiver ends and another one is
 * opened, from the end of the chain. Records that were read but not archived are still in the log.
 *
 * States: it is `down` until its first archiver has opened, which makes it `archiving`. An outage ends the archiver: it
 * is `down` again until another one has opened. That one is `onProbation`, since it may fail like the one before as
 * soon as it writes a chunk; after its first chunk, or a while without failure, it is `archiving`. A failure that is
 * not an outage ends it for good, and so does the signal.
 */
export class LastingArchiver {
  readonly #options: LastingOptions
  readonly #end = new Deferred()
  #state: State = { kind: 'down', failures: 0 }
  /** The newest archiver. While `down`, the one that has ended. */
  #archiver: Archiver | undefined
  #lasting: Promise<void> = Promise.resolve()

  /** Resolves once archiving has begun; waits through outages. */
  static async open(options: LastingOptions): Promise<LastingArchiver> {
    const lasting = new LastingArchiver(options)
    await lasting.#openArchiver()
    options.signal.throwIfAborted()
    lasting.#lasting = lasting.#last().then(lasting.#end.resolve, lasting.#end.reject)
    return lasting
  }

  private constructor(options: LastingOptions) {
    this.#options = {
      ...options,
      onChunk: (chunk) => {
        if (this.#state.kind === 'onProbation') this.#recover()
        options.onChunk?.(chunk)
      },
    }
  }

  /** Resolves when the process stops; rejects if archiving ended for another reason than an outage. */
  get ended(): Promise<void> {
    return this.#end.promise
  }

  positions(): Positions {
    return this.#archiver?.positions() ?? new Map()
  }

  async roll(): Promise<void> {
    await this.#archiver?.roll()
  }

  /** Call it when the process is to stop. */
  async close(): Promise<void> {
    this.#endProbation()
    await this.#archiver?.close()
    await this.#lasting
  }

  async #last(): Promise<void> {
    while (!this.#options.signal.aborted) {
      try {
        await this.#archiver?.ended
        return
      } catch (error) {
        await this.#sitOut(error)
      }
      await this.#archiver?.close()
      await this.#openArchiver()
    }
  }

  /** Resolves once an archiver has opened or the signal has aborted. */
  async #openArchiver(): Promise<void> {
    const { signal, chunkAgeMsMax } = this.#options
    const isFirst = this.#archiver === undefined
    while (!signal.aborted) {
      try {
        this.#archiver = await unlessAborted(() => openArchiver(this.#options), signal)
        if (isFirst) return this.#recover()
        const calm = setTimeout(() => this.#recover(), Math.max(calmMsMin, 2 * chunkAgeMsMax))
        this.#state = { kind: 'onProbation', failures: this.#failures(), calm }
        return
      } catch (error) {
        if (!signal.aborted) await this.#sitOut(error)
      }
    }
  }

  /** Reports the outage, then waits until the next try. Throws an error that is not an outage. */
  async #sitOut(cause: unknown): Promise<void> {
    const outage = outageOf(cause)
    if (outage === null) throw cause
    this.#endProbation()
    const failures = this.#failures() + 1
    this.#state = { kind: 'down', failures }
    const goesOn = `an outage ended it; it goes on from the chain's end: `
    this.#options.onOutage(`${this.#archiver === undefined ? '' : goesOn}${outage.message}`)
    await this.#options.pause(failures)
  }

  #failures(): number {
    return this.#state.kind === 'archiving' ? 0 : this.#state.failures
  }

  #endProbation(): void {
    if (this.#state.kind === 'onProbation') clearTimeout(this.#state.calm)
  }

  #recover(): void {
    this.#endProbation()
    this.#state = { kind: 'archiving' }
    this.#options.onRecovered()
  }
}
