import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import type { Session } from '../schemas/ports/engine.ts'
import { foldSql } from '../schemas/sql/fold-sql.ts'
import type { LogRecord, LogSlice } from '../schemas/ports/log.ts'
import { sqlSchemas } from '../schemas/sql/sql-schemas.ts'
import { createStagedSql, emptySql, stageEvents } from '../schemas/sql/stage-events.ts'
import { incomingColumns, streamTimeSql } from '../schemas/sql/stage-sql.ts'

/**
 * Micro-batches of this many records are read from two tables at once, because the engine gives a small table one
 * thread only.
 */
const splitRecordsMin = 2000

type Arrived = { readonly partition: number; readonly record: LogRecord }

/**
 * The statements of a micro-batch. Call `fold` within a transaction. The statements are planned anew each time: the
 * engine keeps the plan of a prepared statement when the contents of its tables change, and with it conclusions from
 * the statistics of the old contents, for example that a column holds no null.
 */
export class MicroBatch {
  readonly #session: Session
  readonly #dataset: DefinedDataset
  readonly #incoming: readonly [string, string]
  readonly #staged: string
  readonly #fold: readonly string[]

  constructor(session: Session, dataset: DefinedDataset) {
    const { speedRows, batchRows } = sqlSchemas(dataset.name)
    this.#session = session
    this.#dataset = dataset
    this.#incoming = [`incoming_${dataset.name}_1`, `incoming_${dataset.name}_2`]
    this.#staged = `staged_${dataset.name}`
    this.#fold = foldSql(dataset, this.#staged, { speed: speedRows, batch: batchRows })
  }

  async open(): Promise<void> {
    for (const incoming of this.#incoming) await this.#session.run(`CREATE TEMP TABLE ${incoming} (${incomingColumns})`)
    const [source, staged] = [this.#incoming[0], this.#staged]
    await this.#session.run(createStagedSql(this.#dataset, { source, staged }))
  }

  /**
   * Judges and parses records that were read at `readAtMs` at the latest. Call it outside of a transaction, and `fold`
   * within one.
   */
  async stageSlices(slices: readonly LogSlice[], readAtMs: number): Promise<void> {
    const records = slices.flatMap(({ partition, records: ofSlice }) =>
      ofSlice.map((record) => ({ partition, record })),
    )
    const [first, second] = this.#incoming
    const half = records.length < splitRecordsMin ? records.length : Math.ceil(records.length / 2)
    try {
      await this.#append(first, records.slice(0, half), readAtMs)
      await this.#append(second, records.slice(half), readAtMs)
      const source = half === records.length ? first : `(FROM ${first} UNION ALL FROM ${second})`
      await this.#stage(source, records.length)
    } finally {
      for (const incoming of this.#incoming) await this.#session.run(emptySql(incoming))
    }
  }

  /** The same for records that a query returns, for example from raw chunks. */
  async stageQuery(source: string): Promise<void> {
    const [counted] = await this.#session.rows(`SELECT count(*) AS n FROM ${source}`)
    await this.#stage(source, Number(counted?.['n']))
  }

  async #stage(source: string, recordCount: number): Promise<void> {
    // Removes rows that are folded already or that a failed transaction has left.
    await this.#session.run(emptySql(this.#staged))
    await stageEvents(this.#session, { dataset: this.#dataset, source, staged: this.#staged, recordCount })
  }

  /** Folds the staged rows into the speed view. Returns the newest event time of the accepted events, epoch ms. */
  async fold(): Promise<number | null> {
    for (const sql of this.#fold) await this.#session.run(sql)
    const [row] = await this.#session.rows(`SELECT ${streamTimeSql(this.#dataset)} AS stream_time FROM ${this.#staged}`)
    await this.#session.run(emptySql(this.#staged))
    const streamTime = row?.['stream_time'] ?? null
    return streamTime === null ? null : Number(streamTime)
  }

  async #append(table: string, records: readonly Arrived[], readAtMs: number): Promise<void> {
    if (records.length === 0) return
    await this.#session.append(table, [
      { type: 'INTEGER', cells: records.map(({ partition }) => partition) },
      { type: 'BIGINT', cells: records.map(({ record }) => record.offset) },
      { type: 'BIGINT', cells: records.map(({ record }) => record.timestamp) },
      { type: 'BOOLEAN', cells: records.map(({ record }) => record.hasLogTime) },
      { type: 'BIGINT', cells: records.map(() => BigInt(readAtMs)) },
      { type: 'BLOB', cells: records.map(({ record }) => record.value) },
    ])
  }
}
