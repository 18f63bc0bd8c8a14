import { afterAll, beforeAll } from 'vitest'
import type { z } from 'zod'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import { defineDataset } from '../../schemas/declare/define-dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Cell, Session } from '../../schemas/ports/engine.ts'
import type { Dataset, Table } from '../../schemas/declare/dataset.ts'
import { createSpeedViewSql, foldSql } from '../../schemas/sql/fold-sql.ts'
import { incomingColumns } from '../../schemas/sql/incoming-records.ts'
import { stageSql } from '../../schemas/sql/stage-sql.ts'
import { sentParts } from './recount.ts'
import type { Tombstone } from './recount.ts'

/** The text of an event, or a tombstone. */
type Received = string | Tombstone

/** A dataset of one contract, whose time is the field `time`. Without tables, none but the time is read. */
export function datasetOf(
  contract: z.ZodType,
  tables: Readonly<Record<string, Table>> = { seen },
  time: Dataset['time'] = { path: 'time', aheadMsMax: 0 },
): DefinedDataset {
  const nothing = { queries: {}, feeds: {}, counts: {}, filters: {}, panels: [] }
  return defineDataset({ ...nothing, name: 'made', topic: 'made', description: 'Made up.', contract, time, tables })
}

const seen: Table = { kind: 'latest', key: ['at'], columns: { at: { path: 'time', type: 'BIGINT' } } }

/** An engine that judges texts, all received at one time, as long as the tests of a file run. */
export class TestJudge {
  readonly #receivedMs: bigint
  #engine: DuckDbEngine | undefined
  #session: Session | undefined

  constructor({ receivedMs = 1 } = {}) {
    this.#receivedMs = BigInt(receivedMs)
    beforeAll(async () => {
      this.#engine = await openDuckDb({ memoryBytesMax: 1_000_000_000, threads: 1, spillFolder: '' })
      this.#session = await this.#engine.connect()
      await this.#session.run(`CREATE TEMP TABLE incoming (${incomingColumns({ tables: {} })}, "key" BLOB)`)
    })
    afterAll(() => {
      this.#session?.close()
      this.#engine?.close()
    })
  }

  /** The reasons of the rejected, by their index. */
  async rejections(dataset: DefinedDataset, texts: readonly Received[]): Promise<ReadonlyMap<number, string>> {
    await this.#receive(texts)
    const rows = await this.session.rows(
      `SELECT _offset AS index, reason FROM (${stageSql(dataset, 'incoming')}) WHERE reason IS NOT NULL`,
    )
    return new Map(rows.map(({ index, reason }) => [Number(index), String(reason)]))
  }

  /** The rows of a table once these texts were folded; as the engine's texts, which hold every digit, if asked. */
  async rows(
    dataset: DefinedDataset,
    table: string,
    texts: readonly Received[],
    { asTexts = false } = {},
  ): Promise<readonly Record<string, Cell>[]> {
    await this.#receive(texts)
    await this.session.run('BEGIN')
    try {
      for (const schema of ['speed', 'nothing'])
        for (const sql of createSpeedViewSql(dataset, schema)) await this.session.run(sql)
      await this.session.run(`CREATE TEMP TABLE staged AS ${stageSql(dataset, 'incoming')}`)
      for (const sql of foldSql(dataset, 'staged', { speed: 'speed', batch: 'nothing' })) await this.session.run(sql)
      const columns = Object.keys(dataset.tables[table]?.columns ?? {})
      const selected = asTexts
        ? columns.map((column) => `"${column}"::VARCHAR AS "${column}"`)
        : columns.map((column) => `"${column}"`)
      return await this.session.rows(`SELECT ${selected.join(', ')} FROM speed.${table} ORDER BY ALL`)
    } finally {
      await this.session.run('ROLLBACK')
    }
  }

  /** Rows that `statement` makes of these texts and `other` does not, by the index of their text. */
  async difference(texts: readonly Received[], statement: string, other: string): Promise<readonly number[]> {
    await this.#receive(texts)
    const [one, two] = [statement, other].map((sql) => `SELECT * REPLACE (event::VARCHAR AS event) FROM (${sql})`)
    const rows = await this.session.rows(
      `SELECT DISTINCT _offset AS index FROM (${one} EXCEPT ALL ${two}) ORDER BY ALL`,
    )
    return rows.map(({ index }) => Number(index))
  }

  get session(): Session {
    if (this.#session === undefined) throw new TypeError('the engine opens before the first test')
    return this.#session
  }

  async #receive(texts: readonly Received[]): Promise<void> {
    const received = texts.map((text) => sentParts(typeof text === 'string' ? Buffer.from(text) : text))
    await this.session.run('TRUNCATE incoming')
    await this.session.append('incoming', [
      { type: 'INTEGER', cells: texts.map(() => 0) },
      { type: 'BIGINT', cells: texts.map((_, index) => BigInt(index)) },
      { type: 'BIGINT', cells: texts.map(() => this.#receivedMs) },
      { type: 'BOOLEAN', cells: texts.map(() => true) },
      { type: 'BIGINT', cells: texts.map(() => this.#receivedMs) },
      { type: 'BLOB', cells: received.map(({ value }) => value) },
      { type: 'BLOB', cells: received.map(({ key }) => key) },
    ])
  }
}
