import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import type { Session } from '../schemas/ports/engine.ts'
import { foldSql } from '../schemas/sql/fold-sql.ts'
import type { LogSlice } from '../schemas/ports/log.ts'
import { areFew, columnsOfRecords, incomingColumns, listedRecordsSql } from '../schemas/sql/incoming-records.ts'
import type { IncomingRecord } from '../schemas/sql/incoming-records.ts'
import { sqlSchemas } from '../schemas/sql/sql-schemas.ts'
import { createStagedSql, emptySql, stageEvents } from '../schemas/sql/stage-events.ts'
import { stageGoodSql, streamTimeSql } from '../schemas/sql/stage-sql.ts'
import { KeptPlans } from './kept-plans.ts'

/**
 * Micro-batches of this many records are read from two tables at once, because the engine gives a small table one
 * thread only.
 */
const splitRecordsMin = 2000
/** The engine keeps the deleted rows of a table in memory until the table is replaced, which is done beyond this. */
const deletedBytesMax = 4 * 1024 * 1024

/**
 * The statements of a micro-batch. Call `fold` within a transaction. For few records the same statements run by plans
 * that are kept, over a table of their own.
 */
export class MicroBatch {
  readonly #session: Session
  readonly #dataset: DefinedDataset
  readonly #plans: KeptPlans
  readonly #incoming: readonly [string, string]
  readonly #bulk: Staged
  readonly #small: Staged
  readonly #stageSmall: string
  /** Where events were staged last. */
  #last: Staged
  /** The bytes that were staged in the small table since it was made. */
  #smallBytes = 0
  /** Records that were folded since the last call of `forget`. */
  #records = 0

  constructor(session: Session, dataset: DefinedDataset) {
    this.#session = session
    this.#dataset = dataset
    this.#plans = new KeptPlans(session)
    this.#incoming = [`incoming_${dataset.name}_1`, `incoming_${dataset.name}_2`]
    this.#bulk = stagedIn(dataset, `staged_${dataset.name}`, (sql) => session.rows(sql))
    this.#small = stagedIn(dataset, `${sqlSchemas(dataset.name).speedRows}._few`, (sql) => this.#plans.rows(sql))
    this.#last = this.#bulk
    this.#stageSmall = `INSERT INTO ${this.#small.table} ${stageGoodSql(dataset, listedRecordsSql(dataset))} RETURNING reason`
  }

  async open(): Promise<void> {
    const columns = incomingColumns(this.#dataset)
    for (const incoming of this.#incoming) await this.#session.run(`CREATE TEMP TABLE ${incoming} (${columns})`)
    const [source] = this.#incoming
    await this.#session.run(createStagedSql(this.#dataset, { source, staged: this.#bulk.table }))
    await this.#replaceSmall()
  }

  /**
   * Frees what is kept from one micro-batch to the next. The next one keeps no plans. Call it before the tables of the speed view or the views of the
   * batch side are replaced.
   */
  async forget(): Promise<void> {
    this.#plans.forget()
    this.#records = 0
    await this.#replaceSmall()
    this.#smallBytes = 0
  }

  /**
   * Plans over a temporary table would be outdated whenever another temporary table is replaced, as large micro-batches
   * do.
   */
  async #replaceSmall(): Promise<void> {
    await this.#session.run(`CREATE OR REPLACE TABLE ${this.#small.table} AS FROM ${this.#bulk.table} LIMIT 0`)
  }

  /**
   * Judges and parses records that were read at `readAtMs` at the latest. Call it outside of a transaction, and `fold`
   * within one.
   */
  async stageSlices(slices: readonly LogSlice[], readAtMs: number): Promise<void> {
    const records = slices.flatMap(({ partition, records: ofSlice }) =>
      ofSlice.map((record) => ({ ...record, partition })),
    )
    this.#records += records.length
    if (await this.#stagedSmall(records, readAtMs)) return
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

  /** Call it when no statement runs. */
  close(): void {
    this.#plans.forget()
  }

  /** The same for records that a query returns, for example from raw chunks. */
  async stageQuery(source: string): Promise<void> {
    const [counted] = await this.#session.rows(`SELECT count(*) AS n FROM ${source}`)
    const recordCount = Number(counted?.['n'])
    this.#records += recordCount
    await this.#stage(source, recordCount)
  }

  async #stage(source: string, recordCount: number): Promise<void> {
    this.#last = this.#bulk
    const { table: staged } = this.#bulk
    // Removes rows that are folded already or that a failed transaction has left.
    await this.#session.run(emptySql(staged))
    await stageEvents(this.#session, { dataset: this.#dataset, source, staged, recordCount })
  }

  /**
   * Stages few records by a kept plan. Returns false if they are not few or plans are not kept, or if one of them needs the
   * careful verdict.
   */
  async #stagedSmall(records: readonly IncomingRecord[], readAtMs: number): Promise<boolean> {
    if (!areFew(records) || !this.#plans.renew(this.#records)) return false
    if (this.#smallBytes > deletedBytesMax) await this.forget()
    this.#smallBytes += records.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0)
    // Removes rows that are folded already, or that were not.
    await this.#plans.rows(`DELETE FROM ${this.#small.table}`)
    const staged = await this.#plans.rows(this.#stageSmall, columnsOfRecords(this.#dataset, records, readAtMs))
    this.#last = this.#small
    return staged.every(({ reason }) => reason === null)
  }

  /** Folds the staged rows into the speed view. Returns the newest event time of the accepted events, epoch ms. */
  async fold(): Promise<number | null> {
    const { table, fold, rows } = this.#last
    for (const sql of fold) await rows(sql)
    const [row] = await rows(`SELECT ${streamTimeSql(this.#dataset)} AS stream_time FROM ${table}`)
    if (this.#last === this.#bulk) await this.#session.run(emptySql(table))
    const streamTime = row?.['stream_time'] ?? null
    return streamTime === null ? null : Number(streamTime)
  }

  async #append(table: string, records: readonly IncomingRecord[], readAtMs: number): Promise<void> {
    if (records.length > 0) await this.#session.append(table, columnsOfRecords(this.#dataset, records, readAtMs))
  }
}

/** A table of staged events, with the statements that fold them, and what runs statements over it. */
type Staged = { readonly table: string; readonly fold: readonly string[]; readonly rows: Session['rows'] }

function stagedIn(dataset: DefinedDataset, table: string, rows: Session['rows']): Staged {
  const { speedRows: speed, batchRows: batch } = sqlSchemas(dataset.name)
  return { table, fold: foldSql(dataset, table, { speed, batch }), rows }
}
