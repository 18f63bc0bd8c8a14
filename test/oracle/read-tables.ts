import type { Session } from '../../schemas/ports/engine.ts'
import { columnsOf, rsvpColumns, sortRows } from './rows.ts'
import type { ColumnKind, Row, TableColumns, Tables, TablesOf, Value } from './rows.ts'

/** What a schema of the engine holds, as the recount writes it: `expect(await readTables(s, 'rsvp')).toEqual(recount(log))`. */
export function readTables(session: Session, schema: string): Promise<Tables> {
  return readTablesOf(session, schema, rsvpColumns)
}

/** The same for any dataset. */
export function readTablesOf<Name extends string>(
  session: Session,
  schema: string,
  tables: TableColumns<Name>,
): Promise<TablesOf<Name>> {
  return readEach(session, tables, (table) => `SELECT ${valuesSql(tables, table)} FROM ${schema}."${table}"`)
}

/** The same of SQL that answers the columns of `valuesSql`. */
export async function readEach<Name extends string>(
  session: Session,
  tables: TableColumns<Name>,
  sqlOf: (table: string) => string,
): Promise<TablesOf<Name>> {
  const read: Record<string, readonly Row[]> = {}
  for (const table of Object.keys(tables)) read[table] = sortRows((await session.rows(sqlOf(table))).map(toRow))
  if (!isOf(read, tables)) throw new TypeError('tables are missing')
  return read
}

function isOf<Name extends string>(
  read: Readonly<Record<string, readonly Row[]>>,
  tables: TableColumns<Name>,
): read is TablesOf<Name> {
  return Object.keys(tables).every((table) => read[table] !== undefined)
}

/** The columns of a table as values of the recount. */
export function valuesSql(tables: TableColumns, table: string): string {
  return columnsOf(tables, table)
    .map(([name, kind]) => `${valueSql(name, kind)} AS "${name}"`)
    .join(', ')
}

function valueSql(column: string, kind: ColumnKind): string {
  switch (kind) {
    case 'integer':
      return `"${column}"::BIGINT`
    case 'double':
      // Minus zero is zero.
      return `"${column}" + 0.0::DOUBLE`
    case 'time':
      return `epoch_ms("${column}")`
    case 'bytes':
      return `lower(hex("${column}"))`
    case 'text':
      // Of a value that JavaScript has no type for, the engine's text holds every digit.
      return `"${column}"::VARCHAR`
  }
}

function toRow(row: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, toValue(cell)]))
}

function toValue(cell: unknown): Value {
  if (cell === null || typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'bigint') return cell
  throw new TypeError(`no value of the recount: ${typeof cell}`)
}
