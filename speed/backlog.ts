import { Deferred } from '../schemas/async/deferred.ts'
import type { LogSlice } from '../schemas/ports/log.ts'

/** The memory that a record takes besides its value. */
const recordBytes = 250

/**
 * The slices that were read from the log and not folded yet. While they exceed the limit, `add` does not resolve, which
 * holds the log back.
 */
export class Backlog {
  readonly #bytesMax: number
  #read: { readonly slice: LogSlice; readonly readAtMs: number }[] = []
  #bytes = 0
  #taken = new Deferred()

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get isEmpty(): boolean {
    return this.#read.length === 0
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * The time at which the oldest record was received, or read if the log does not say; epoch ms, or null without
   * records.
   */
  get oldestMs(): number | null {
    const oldest = this.#read.find(({ slice }) => slice.records.length > 0)
    const record = oldest?.slice.records[0]
    if (oldest === undefined || record === undefined) return null
    return record.hasLogTime ? Number(record.timestamp) : oldest.readAtMs
  }

  /** Adds the slice at once. Resolves when more may be added: if the limit is exceeded, after the next `take`. */
  async add(slice: LogSlice): Promise<void> {
    this.#read.push({ slice, readAtMs: Date.now() })
    this.#bytes += slice.records.reduce((sum, { value }) => sum + recordBytes + (value?.byteLength ?? 0), 0)
    if (this.#bytes > this.#bytesMax) await this.#taken.promise
  }

  /** Returns all slices in the order in which they were read, and leaves none. */
  take(): readonly LogSlice[] {
    const slices = this.#read.map(({ slice }) => slice)
    this.#read = []
    this.#bytes = 0
    this.#taken.resolve()
    this.#taken = new Deferred()
    return slices
  }
}
