import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DuckDBBlobValue,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBStructValue,
  INTEGER,
  LIST,
  STRUCT,
  VARCHAR,
} from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBResultReader, DuckDBValue } from '@duckdb/node-api'
import { WorkQueue } from '../../schemas/async/work-queue.ts'
import type { Cell, Engine, EngineColumn, Prepared, Session } from '../../schemas/ports/engine.ts'
import { interruptible } from './interruptible.ts'

/** Rows of one chunk of the engine. */
const chunkRowsMax = 2048
/** More than any disk has, so that the disk is the limit. */
const spillBytesMax = '1024 TiB'

export type EngineOptions = {
  /** A database file, or absent for memory. */
  readonly file?: string
  readonly memoryBytesMax: number
  readonly threads: number
  /** The folder that the engine spills to beyond its memory. */
  readonly spillFolder: string
  /** When it aborts, all statements of the engine's sessions end and throw the signal's reason. */
  readonly signal?: AbortSignal
}

/** `instance` is for readers that need the engine's own types and streams. */
export type DuckDbEngine = Engine & { readonly instance: DuckDBInstance }

/** Opens DuckDB with everything in UTC. Close it after its sessions. */
export async function openDuckDb({
  file = ':memory:',
  memoryBytesMax,
  threads,
  spillFolder,
  signal,
}: EngineOptions): Promise<DuckDbEngine> {
  const instance = await DuckDBInstance.create(file, {
    memory_limit: `${Math.floor(memoryBytesMax / 1024)}KiB`,
    threads: String(threads),
    temp_directory: spillFolder,
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // It would keep what was read of every Parquet file, up to the engine's limit. Ours are read once, and the system caches them.
    enable_external_file_cache: 'false',
    // What was freed goes back to the system sooner than by the engine's 128 and 512 MiB: the limit counts only what the
    // engine uses, while the process holds both.
    allocator_flush_threshold: '16MiB',
    allocator_bulk_deallocation_flush_threshold: '16MiB',
  })
  await setUp(instance)
  return {
    instance,
    async connect() {
      return new DuckDbSession(await instance.connect(), signal)
    },
    close: () => instance.closeSync(),
  }
}

/**
 * Configures all connections, also those that are opened after the configuration is locked. Without our limit of
 * spilled bytes the engine would keep the free space that it found when it spilled first: a disk that was full then
 * would stay full to it.
 */
async function setUp(instance: DuckDBInstance): Promise<void> {
  const connection = await instance.connect()
  await connection.run(`SET GLOBAL TimeZone = 'UTC'`)
  await connection.run(`SET GLOBAL max_temp_directory_size = '${spillBytesMax}'`)
  // It concludes from what tables hold when a statement is planned. A plan that is kept would give wrong answers later.
  await connection.run(`SET GLOBAL disabled_optimizers = 'statistics_propagation'`)
  connection.closeSync()
}

class DuckDbSession implements Session {
  readonly #connection: DuckDBConnection
  readonly #signal: AbortSignal | undefined
  /** Transactions run one at a time. */
  readonly #transactions = new WorkQueue()

  constructor(connection: DuckDBConnection, signal: AbortSignal | undefined) {
    this.#connection = connection
    this.#signal = signal
  }

  async run(sql: string): Promise<void> {
    await this.#statement(() => this.#connection.run(sql))
  }

  async rows(sql: string, params: readonly Cell[] = []): Promise<readonly Readonly<Record<string, Cell>>[]> {
    return rowsOf(await this.#statement(() => this.#connection.runAndReadAll(sql, params.map(toDuckDb))))
  }

  async prepare(sql: string): Promise<Prepared> {
    const statement = await this.#statement(() => this.#connection.prepare(sql))
    return {
      rows: async (lists) => {
        for (const [index, column] of lists.entries())
          statement.bindList(index + 1, chunkValues(column, 0, column.cells.length), LIST(columnTypes[column.type]))
        return rowsOf(await this.#statement(() => statement.runAndReadAll()))
      },
      close: () => statement.destroySync(),
    }
  }

  async append(table: string, columns: readonly EngineColumn[]): Promise<void> {
    const appender = await this.#connection.createAppender(table)
    const types = columns.map((column) => columnTypes[column.type])
    const rowCount = columns[0]?.cells.length ?? 0
    for (let first = 0; first < rowCount; first += chunkRowsMax) {
      const next = Math.min(first + chunkRowsMax, rowCount)
      const chunk = DuckDBDataChunk.create(types, next - first)
      chunk.setColumns(columns.map((column) => chunkValues(column, first, next)))
      appender.appendDataChunk(chunk)
    }
    appender.closeSync()
  }

  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#transactions.add(() => this.#transact(work))
  }

  async #transact<T>(work: () => Promise<T>): Promise<T> {
    await this.#connection.run('BEGIN')
    try {
      const result = await work()
      await this.#connection.run('COMMIT')
      return result
    } catch (error) {
      await this.#rollBack(error)
      throw error
    }
  }

  async #rollBack(cause: unknown): Promise<void> {
    try {
      await this.#connection.run('ROLLBACK')
    } catch (error) {
      throw new AggregateError([cause, error], 'a transaction failed and could not be rolled back', { cause: error })
    }
  }

  #statement<T>(run: () => Promise<T>): Promise<T> {
    return interruptible(this.#signal, () => this.interrupt(), run)
  }

  interrupt(): void {
    this.#connection.interrupt()
  }

  close(): void {
    this.#connection.closeSync()
  }
}

const columnTypes = {
  INTEGER,
  BIGINT,
  BOOLEAN,
  VARCHAR,
  BLOB,
  HEADERS: LIST(STRUCT({ key: VARCHAR, value: BLOB })),
} as const

function chunkValues(column: EngineColumn, first: number, next: number): DuckDBValue[] {
  switch (column.type) {
    case 'BLOB':
      return column.cells.slice(first, next).map((bytes) => (bytes === null ? null : new DuckDBBlobValue(bytes)))
    case 'HEADERS':
      return column.cells
        .slice(first, next)
        .map(
          (headers) =>
            new DuckDBListValue(
              headers.map(({ key, value }) => new DuckDBStructValue({ key, value: new DuckDBBlobValue(value) })),
            ),
        )
    default:
      return column.cells.slice(first, next)
  }
}

function rowsOf(reader: DuckDBResultReader): readonly Readonly<Record<string, Cell>>[] {
  return reader
    .getRowObjectsJS()
    .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toCell(value)])))
}

function toDuckDb(cell: Cell): DuckDBValue {
  return cell instanceof Uint8Array ? new DuckDBBlobValue(cell) : cell
}

function toCell(value: unknown): Cell {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value
  if (typeof value === 'bigint' || value instanceof Uint8Array) return value
  if (value instanceof Date) return value.toISOString()
  return JSON.stringify(value)
}
