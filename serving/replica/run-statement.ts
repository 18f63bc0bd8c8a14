import { BIGINT, DOUBLE, DuckDBBlobValue, HUGEINT, StatementType } from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult, DuckDBType, DuckDBValue } from '@duckdb/node-api'
import type { Cell } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import { fromEngineError } from './engine-error.ts'
import { jsonBytes, toJsonValue, uniqueNames } from './json-values.ts'
import { isPositional } from './reader.ts'
import type { Answer, JsonValue, ReadRequest } from './reader.ts'
import { createChunkReader } from './struct-fields.ts'

export type Statement = Pick<ReadRequest, 'sql' | 'params' | 'rowsMax' | 'bytesMax' | 'timeoutMs' | 'signal'>

/**
 * The engine forgets an interrupt that comes before it begins to work, so the interrupt is repeated until the statement
 * ends.
 */
const interruptEveryMs = 50
/** A timer that is set beyond this fires at once. */
const timerMsMax = 2 ** 31 - 1

/**
 * Runs exactly one SELECT, in the transaction that is open on the connection or in one of its own, and reads only as
 * far as the limits. Nothing else may run on the connection meanwhile; afterwards it is free. If the statement fails,
 * the caller must roll back an open transaction. Throws SQL_INVALID, QUERY_TIMEOUT, QUERY_CAP_EXCEEDED, or CLOSED if
 * the signal aborts; any other error is a fault of the engine.
 */
export async function runStatement(
  connection: DuckDBConnection,
  { sql, params, rowsMax, bytesMax, timeoutMs, signal }: Statement,
): Promise<Pick<Answer, 'columns' | 'rows' | 'isTruncated'>> {
  const stops: { readonly code: ErrorCode; readonly message: string }[] = []
  let repeat: NodeJS.Timeout | undefined
  const stop = (code: ErrorCode, message: string): void => {
    stops.push({ code, message })
    connection.interrupt()
    repeat ??= setInterval(() => connection.interrupt(), interruptEveryMs)
  }
  const late = (): void => stop('QUERY_TIMEOUT', `the statement took longer than ${Math.round(timeoutMs)} ms`)
  const leave = (): void => stop('CLOSED', 'the caller has gone')
  const deadline = setTimeout(late, Math.min(timeoutMs, timerMsMax))
  signal?.addEventListener('abort', leave)
  try {
    if (signal?.aborted === true) throw new AppError('CLOSED', 'the caller has gone')
    const statement = await prepareSelect(connection, sql)
    const result = await bindAndStream(statement, params)
    const { rows, end } = await readRows(result, { rowsMax, bytesMax })
    const columns = columnsOf(result)
    // A stream that was not read to its end keeps its transaction until the next statement.
    if (end !== 'all') await connection.run('SELECT 1')
    if (end === 'bytesMax') {
      throw new AppError(
        'QUERY_CAP_EXCEEDED',
        `the answer is larger than ${bytesMax} bytes: select fewer rows or columns`,
      )
    }
    return { columns, rows, isTruncated: end === 'rowsMax' }
  } catch (error) {
    const [first] = stops
    throw first === undefined ? fromEngineError(error, sql) : new AppError(first.code, first.message, { cause: error })
  } finally {
    clearTimeout(deadline)
    clearInterval(repeat)
    signal?.removeEventListener('abort', leave)
  }
}

async function prepareSelect(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  // The engine would read only the text before the first NUL.
  if (sql.includes('\0')) throw new AppError('SQL_INVALID', 'a statement cannot hold the character NUL')
  const statements = await connection.extractStatements(sql)
  if (statements.count !== 1) throw new AppError('SQL_INVALID', `expected one statement, got ${statements.count}`)
  const statement = await statements.prepare(0)
  if (statement.statementType === StatementType.SELECT) return statement
  statement.destroySync()
  throw new AppError('SQL_INVALID', 'only a SELECT statement can be run')
}

async function bindAndStream(statement: DuckDBPreparedStatement, params: Statement['params']): Promise<DuckDBResult> {
  try {
    for (const [name, cell] of entriesOf(params)) {
      const index = typeof name === 'number' ? name : statement.parameterIndex(name)
      const { value, type } = toBound(cell)
      statement.bindValue(index, value, type)
    }
    return await statement.stream()
  } finally {
    statement.destroySync()
  }
}

function entriesOf(params: Statement['params']): readonly (readonly [number | string, Cell])[] {
  return isPositional(params) ? params.map((cell, index) => [index + 1, cell] as const) : Object.entries(params)
}

/** A bigint is bound as a BIGINT if it fits: compared with a HUGEINT, a column of integers would be cast row by row. */
function toBound(cell: Cell): { readonly value: DuckDBValue; readonly type?: DuckDBType } {
  if (cell instanceof Uint8Array) return { value: new DuckDBBlobValue(cell) }
  if (typeof cell === 'bigint') return { value: cell, type: BigInt.asIntN(64, cell) === cell ? BIGINT : HUGEINT }
  if (typeof cell === 'number' && !Number.isSafeInteger(cell)) return { value: cell, type: DOUBLE }
  return { value: cell }
}

type Read = { readonly rows: readonly (readonly JsonValue[])[]; readonly end: 'all' | 'rowsMax' | 'bytesMax' }

async function readRows(
  result: DuckDBResult,
  { rowsMax, bytesMax }: { rowsMax: number; bytesMax: number },
): Promise<Read> {
  const rows: JsonValue[][] = []
  const openChunk = createChunkReader(result.columnTypes())
  let bytes = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return { rows, end: 'all' }
    const rowOf = openChunk(chunk)
    for (let index = 0; index < chunk.rowCount; index += 1) {
      if (rows.length === rowsMax) return { rows, end: 'rowsMax' }
      const row = rowOf(index).map(toJsonValue)
      bytes += jsonBytes(row)
      if (bytes > bytesMax) return { rows, end: 'bytesMax' }
      rows.push(row)
    }
  }
}

function columnsOf(result: DuckDBResult): Answer['columns'] {
  return uniqueNames(result.columnNames()).map((name, index) => {
    const type = result.columnType(index)
    return { name, type: type.alias ?? type.toString() }
  })
}
