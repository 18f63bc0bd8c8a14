import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'
import { list } from '../../schemas/sql/sql-text.ts'
import type { View } from './reader.ts'

/** Connections for reading, by search path. A connection keeps the search path that it was made with. */
export class ReadConnections {
  readonly #instance: DuckDBInstance
  readonly #idle = new Map<string, DuckDBConnection[]>()

  constructor(instance: DuckDBInstance) {
    this.#instance = instance
  }

  /** Lends a connection to one caller at a time. If `use` throws, the connection is closed and not used again. */
  async use<T>(
    datasets: readonly string[],
    view: View,
    work: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    const connection = this.#idle.get(poolOf(datasets, view))?.pop() ?? (await this.#open(datasets, view))
    const result = await work(connection).catch((error: unknown) => {
      connection.closeSync()
      throw error
    })
    this.#release(datasets, view, connection)
    return result
  }

  close(): void {
    for (const connection of [...this.#idle.values()].flat()) connection.closeSync()
    this.#idle.clear()
  }

  async #open(datasets: readonly string[], view: View): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect()
    await connection.run(
      `SET search_path = '${list(datasets.map((dataset) => sqlSchemas(dataset)[view])).replaceAll(' ', '')}'`,
    )
    return connection
  }

  #release(datasets: readonly string[], view: View, connection: DuckDBConnection): void {
    const pool = poolOf(datasets, view)
    this.#idle.set(pool, [...(this.#idle.get(pool) ?? []), connection])
  }
}

function poolOf(datasets: readonly string[], view: View): string {
  return [view, ...datasets].join(' ')
}
