import { tmpdir } from 'node:os'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { literal } from '../../schemas/sql/sql-text.ts'
import { findQuery } from '../../serving/requests/find-named.ts'
import { parameterCells } from '../../serving/requests/parameters.ts'
import type { JsonValue } from '../../serving/replica/reader.ts'
import { runStatement } from '../../serving/replica/run-statement.ts'

/** Named queries over tables that a test fills by hand. */
export class HandMade {
  readonly engine: DuckDbEngine
  readonly #dataset: DefinedDataset

  static async open(dataset: DefinedDataset = rsvp): Promise<HandMade> {
    const engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 1, spillFolder: tmpdir() })
    const session = await engine.connect()
    await session.run(`CREATE SCHEMA ${dataset.name}`)
    for (const [table, { columns }] of Object.entries(dataset.tables))
      await session.run(
        `CREATE TABLE ${dataset.name}.${table} (${Object.entries(columns)
          .map(([column, { type }]) => `${column} ${type}`)
          .join(', ')})`,
      )
    session.close()
    return new HandMade(engine, dataset)
  }

  private constructor(engine: DuckDbEngine, dataset: DefinedDataset) {
    this.engine = engine
    this.#dataset = dataset
  }

  /** Puts rows in place of all that the table has. A column that a row leaves out is null. */
  async fill(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    const session = await this.engine.connect()
    await session.run(`DELETE FROM ${this.#dataset.name}.${table}`)
    if (rows.length > 0) {
      const columns = Object.entries(this.#dataset.tables[table]?.columns ?? {})
      const types = Object.fromEntries(
        columns.map(([column, { type }]) => [column, type === 'BLOB' ? 'VARCHAR' : type]),
      )
      const values = columns.map(([column, { type }]) => (type === 'BLOB' ? `unhex(x.${column})` : `x.${column}`))
      await session.rows(
        `INSERT INTO ${this.#dataset.name}.${table} SELECT ${values.join(', ')} FROM (SELECT unnest(from_json($1, ${literal(JSON.stringify([types]))})) AS x)`,
        [JSON.stringify(rows)],
      )
    }
    session.close()
  }

  /** Parameters as a caller writes them; `streamTime` in RFC 3339. */
  async ask(
    name: string,
    streamTime: string | null,
    given: Readonly<Record<string, string>> = {},
  ): Promise<readonly Readonly<Record<string, JsonValue>>[]> {
    const query = findQuery(this.#dataset, name)
    const connection = await this.engine.instance.connect()
    try {
      await connection.run(`SET search_path = '${this.#dataset.name}'`)
      const { columns, rows } = await runStatement(connection, {
        sql: query.sql,
        params: {
          ...parameterCells(query, new Map(Object.entries(given))),
          ...(query.sql.includes('$stream_time') ? { stream_time: streamTime } : {}),
        },
        rowsMax: 100_000,
        bytesMax: 1e9,
        timeoutMs: 60_000,
      })
      return rows.map((row) => Object.fromEntries(columns.map((column, n) => [column.name, row[n] ?? null])))
    } finally {
      connection.closeSync()
    }
  }

  close(): void {
    this.engine.close()
  }
}
