import type { DefinedDataset } from '../schemas/define-dataset.ts'
import type { Session } from '../schemas/engine.ts'
import { foldSql } from '../schemas/fold-sql.ts'
import type { LogSlice } from '../schemas/log.ts'
import { schemasOf } from '../schemas/speed-view.ts'
import { incomingColumns, stageSql } from '../schemas/stage-sql.ts'

/**
 * The statements of a micro-batch. All but `open` run inside the caller's transaction. They are planned anew each time: the
 * engine keeps the plan of a prepared statement when its tables' contents change, and with it what the statistics of the
 * old contents had proven, for example that a column holds no null.
 */
export class MicroBatch {
  readonly #session: Session
  readonly #dataset: DefinedDataset
  readonly #incoming: string
  readonly #staged: string
  readonly #fold: readonly string[]

  constructor(session: Session, dataset: DefinedDataset) {
    const { speedRows, batchRows } = schemasOf(dataset.name)
    this.#session = session
    this.#dataset = dataset
    this.#incoming = `incoming_${dataset.name}`
    this.#staged = `staged_${dataset.name}`
    this.#fold = foldSql(dataset, this.#staged, { speed: speedRows, batch: batchRows })
  }

  async open(): Promise<void> {
    await this.#session.run(`CREATE TEMP TABLE ${this.#incoming} (${incomingColumns})`)
    await this.#session.run(`CREATE TEMP TABLE ${this.#staged} AS ${stageSql(this.#dataset, this.#incoming)}`)
  }

  /** Folds records into the speed view. Answers the newest event time among the accepted, epoch ms. */
  async foldSlices(slices: readonly LogSlice[]): Promise<number | null> {
    const records = slices.flatMap((slice) => slice.records)
    await this.#session.append(this.#incoming, [
      { type: 'INTEGER', cells: slices.flatMap((slice) => slice.records.map(() => slice.partition)) },
      { type: 'BIGINT', cells: records.map(({ offset }) => offset) },
      { type: 'BIGINT', cells: records.map(({ timestamp }) => timestamp) },
      { type: 'BLOB', cells: records.map(({ value }) => value) },
    ])
    const streamTime = await this.foldQuery(this.#incoming)
    await this.#session.run(`TRUNCATE ${this.#incoming}`)
    return streamTime
  }

  /** The same for records that a query of the engine reads, for example from raw chunks. */
  async foldQuery(source: string): Promise<number | null> {
    await this.#session.run(`INSERT INTO ${this.#staged} ${stageSql(this.#dataset, source)}`)
    for (const sql of this.#fold) await this.#session.run(sql)
    const [row] = await this.#session.rows(
      `SELECT max(least(_time, _timestamp)) AS stream_time FROM ${this.#staged} WHERE reason IS NULL`,
    )
    await this.#session.run(`TRUNCATE ${this.#staged}`)
    const streamTime = row?.['stream_time'] ?? null
    return streamTime === null ? null : Number(streamTime)
  }
}
