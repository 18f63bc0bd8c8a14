import type { DefinedDataset } from '../schemas/define-dataset.ts'
import type { Session } from '../schemas/engine.ts'
import { foldSql } from '../schemas/fold-sql.ts'
import type { LogSlice } from '../schemas/log.ts'
import { incomingColumns, stageSql } from '../schemas/stage-sql.ts'
import { schemasOf } from '../schemas/speed-view.ts'

/** The statements of a micro-batch, planned once. All but `open` run inside the caller's transaction. */
export class MicroBatch {
  readonly #session: Session
  readonly #dataset: DefinedDataset
  readonly #incoming: string
  readonly #staged: string
  #stageIncoming: () => Promise<void> = notOpen
  #fold: readonly (() => Promise<void>)[] = []
  #clear: readonly (() => Promise<void>)[] = []

  constructor(session: Session, dataset: DefinedDataset) {
    this.#session = session
    this.#dataset = dataset
    this.#incoming = `incoming_${dataset.name}`
    this.#staged = `staged_${dataset.name}`
  }

  async open(): Promise<void> {
    const [session, dataset, incoming, staged] = [this.#session, this.#dataset, this.#incoming, this.#staged]
    const { speedRows, batchRows } = schemasOf(dataset.name)
    await session.run(`CREATE TEMP TABLE ${incoming} (${incomingColumns})`)
    await session.run(`CREATE TEMP TABLE ${staged} AS ${stageSql(dataset, incoming)}`)
    this.#stageIncoming = await session.prepare(`INSERT INTO ${staged} ${stageSql(dataset, incoming)}`)
    this.#fold = await prepareAll(session, foldSql(dataset, staged, { speed: speedRows, batch: batchRows }))
    this.#clear = await prepareAll(session, [`TRUNCATE ${incoming}`, `TRUNCATE ${staged}`])
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
    await this.#stageIncoming()
    return await this.#foldStaged()
  }

  /** The same for records that a query of the engine reads, for example from raw chunks. */
  async foldQuery(source: string): Promise<number | null> {
    await this.#session.run(`INSERT INTO ${this.#staged} ${stageSql(this.#dataset, source)}`)
    return await this.#foldStaged()
  }

  async #foldStaged(): Promise<number | null> {
    for (const run of this.#fold) await run()
    const [row] = await this.#session.rows(`SELECT max(least(_time, _timestamp)) AS stream_time FROM ${this.#staged} WHERE reason IS NULL`)
    for (const run of this.#clear) await run()
    const streamTime = row?.['stream_time'] ?? null
    return streamTime === null ? null : Number(streamTime)
  }
}

async function prepareAll(session: Session, statements: readonly string[]): Promise<readonly (() => Promise<void>)[]> {
  const prepared: (() => Promise<void>)[] = []
  for (const sql of statements) prepared.push(await session.prepare(sql))
  return prepared
}

function notOpen(): Promise<void> {
  return Promise.reject(new TypeError('a micro-batch is opened before it is used'))
}
