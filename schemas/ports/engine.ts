/** The value of a parameter or of a column. BIGINT is a bigint, BLOB bytes, VARCHAR a string. */
export type Cell = null | boolean | number | bigint | string | Uint8Array

/** The texts of a list, which a cell holds as JSON. */
export function textsOf(cell: Cell | undefined): readonly string[] {
  const texts: unknown = typeof cell === 'string' ? JSON.parse(cell) : []
  return Array.isArray(texts) ? texts.map(String) : []
}

/** One connection to a SQL engine. Statements run one at a time, in the order of the calls. Its time zone is UTC. */
export interface Session {
  run(sql: string): Promise<void>
  /** All rows, as objects by column name. Integers are bigint, times are ISO 8601 strings, LIST and STRUCT are JSON values. */
  rows(sql: string, params?: readonly Cell[]): Promise<readonly Readonly<Record<string, Cell>>[]>
  /**
   * Plans a statement that runs many times. What its tables hold may change: a plan concludes nothing from it, but suits
   * the sizes that they have now. Close it before a table that it names is replaced or a database detached; the engine
   * would then plan at each run, or refuse to run.
   */
  prepare(sql: string): Promise<Prepared>
  /**
   * Appends columns of equal length to a table (its bare name, unquoted), in the table's column order. No SQL is
   * parsed; 1.4M rows/s.
   */
  append(table: string, columns: readonly EngineColumn[]): Promise<void>
  /** BEGIN, `work`, COMMIT; a throw rolls back. Transactions do not nest; calls queue up. */
  transaction<T>(work: () => Promise<T>): Promise<T>
  /** Ends the running statement with an error. */
  interrupt(): void
  close(): void
}

export interface Prepared {
  /** Runs the statement and returns all rows. Its parameters `$1`, `$2`, ... are the lists, as long as one another. */
  rows(lists: readonly EngineColumn[]): Promise<readonly Readonly<Record<string, Cell>>[]>
  close(): void
}

export type HeaderCell = { readonly key: string; readonly value: Uint8Array }

export type EngineColumn =
  | { readonly type: 'INTEGER'; readonly cells: readonly (number | null)[] }
  | { readonly type: 'BIGINT'; readonly cells: readonly (bigint | null)[] }
  | { readonly type: 'BOOLEAN'; readonly cells: readonly (boolean | null)[] }
  | { readonly type: 'VARCHAR'; readonly cells: readonly (string | null)[] }
  | { readonly type: 'BLOB'; readonly cells: readonly (Uint8Array | null)[] }
  /** LIST of STRUCT(key VARCHAR, value BLOB). */
  | { readonly type: 'HEADERS'; readonly cells: readonly (readonly HeaderCell[])[] }

export interface Engine {
  connect(): Promise<Session>
  close(): void
}

/** Uses a session of the engine and closes it, whatever comes of it. */
export async function withSession<T>(engine: Engine, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await engine.connect()
  try {
    return await use(session)
  } finally {
    session.close()
  }
}

/** Opens an engine, uses it and closes it, whatever comes of it. */
export async function withEngine<T>(open: () => Promise<Engine>, use: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await open()
  try {
    return await use(engine)
  } finally {
    engine.close()
  }
}

/** True if the engine ran out of memory. Smaller pieces of the same work may then succeed. */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof Error && (error.message.startsWith('Out of Memory Error') || error.message.includes('bad_alloc'))
  )
}
