import type { Session } from '../../schemas/engine.ts'
import { columnsOf, sortRows } from './rows.ts'
import type { ColumnKind, Row, TableName, Tables, Value } from './rows.ts'

/** What a schema of the engine holds, as the recount writes it: `expect(await readTables(s, 'rsvp')).toEqual(recount(log))`. */
export function readTables(session: Session, schema: string): Promise<Tables> {
  return readEach(session, (table) => `SELECT ${valuesSql(table)} FROM ${schema}."${table}"`)
}

/** The same of SQL that answers the columns of `valuesSql`. */
export async function readEach(session: Session, sqlOf: (table: TableName) => string): Promise<Tables> {
  const read = async (table: TableName) => sortRows((await session.rows(sqlOf(table))).map(toRow))
  return {
    member: await read('member'),
    member_service: await read('member_service'),
    topic: await read('topic'),
    groups: await read('groups'),
    group_topic: await read('group_topic'),
    venue: await read('venue'),
    event: await read('event'),
    rsvp: await read('rsvp'),
    rsvp_change: await read('rsvp_change'),
    arrival: await read('arrival'),
    rejected: await read('rejected'),
  }
}

/** The columns of a table as values of the recount. */
export function valuesSql(table: TableName): string {
  return columnsOf(table)
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
      return `"${column}"`
  }
}

function toRow(row: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, toValue(cell)]))
}

function toValue(cell: unknown): Value {
  if (cell === null || typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'bigint') return cell
  throw new TypeError(`no value of the recount: ${typeof cell}`)
}
