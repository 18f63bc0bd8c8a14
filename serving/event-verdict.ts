import type { DefinedDataset } from '../schemas/define-dataset.ts'
import type { Session } from '../schemas/engine.ts'
import { incomingColumns, rejectionsSql } from '../schemas/stage-sql.ts'
import type { Verdict } from './reader.ts'

/** The derived SQL's verdict on lines that are about to be appended: what the layers will say of them. */
export class EventVerdict implements Verdict {
  readonly #session: Session
  readonly #now: () => number
  readonly #incoming: string
  readonly #sql: string

  /** Several verdicts may share a session. Call `open` first. */
  constructor(dataset: DefinedDataset, session: Session, now: () => number) {
    this.#session = session
    this.#now = now
    this.#incoming = `judged_${dataset.name}`
    this.#sql = rejectionsSql(dataset, this.#incoming)
  }

  async open(): Promise<void> {
    await this.#session.run(`CREATE TEMP TABLE ${this.#incoming} (${incomingColumns})`)
  }

  async rejections(lines: readonly Uint8Array[]): Promise<readonly { readonly index: number; readonly reason: string }[]> {
    const received = BigInt(this.#now())
    const rows = await this.#session.transaction(async () => {
      await this.#session.append(this.#incoming, [
        { type: 'INTEGER', cells: lines.map(() => 0) },
        { type: 'BIGINT', cells: lines.map((_, index) => BigInt(index)) },
        { type: 'BIGINT', cells: lines.map(() => received) },
        { type: 'BLOB', cells: lines },
      ])
      const rejected = await this.#session.rows(this.#sql)
      await this.#session.run(`TRUNCATE ${this.#incoming}`)
      return rejected
    })
    return rows.map(({ index, reason }) => ({ index: Number(index), reason: String(reason) }))
  }
}
