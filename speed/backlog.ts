import { Deferred } from '../schemas/async/deferred.ts'
import type { LogSlice } from '../schemas/ports/log.ts'

/** What a record costs in memory beside its value. */
const recordBytes = 250

/** What was read of the log and is not folded. Whoever adds to it is held while it exceeds its limit. */
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

  /** When its oldest record was received, or read where the log does not say when it received it; epoch ms, or null. */
  get oldestMs(): number | null {
    const oldest = this.#read.find(({ slice }) => slice.records.length > 0)
    const record = oldest?.slice.records[0]
    if (oldest === undefined || record === undefined) return null
    return record.hasLogTime ? Number(record.timestamp) : oldest.readAtMs
  }

  /** Adds at once. Resolves when more may be added: once what exceeds the limit was taken. */
  async add(slice: LogSlice): Promise<void> {
    this.#read.push({ slice, readAtMs: Date.now() })
    this.#bytes += slice.records.reduce((sum, { value }) => sum + recordBytes + (value?.byteLength ?? 0), 0)
    if (this.#bytes > this.#bytesMax) await this.#taken.promise
  }

  /** All there is, in the order read. It is empty then. */
  take(): readonly LogSlice[] {
    const slices = this.#read.map(({ slice }) => slice)
    this.#read = []
    this.#bytes = 0
    this.#taken.resolve()
    this.#taken = new Deferred()
    return slices
  }
}
