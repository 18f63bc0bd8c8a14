import type { Session } from '../../schemas/engine.ts'
import { columnsOf, sortRows, tableNames } from './rows.ts'
import type { ColumnKind, Row, TableName, Tables, Value } from './rows.ts'

/** What a schema of the engine holds, as the recount writes it: `expect(await readTables(s, 'rsvp')).toEqual(recount(log))`. */
export async function readTables(session: Session, schema: string): Promise<Tables> {
  const read = (table: TableName) => readTable(session, schema, table)
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

async function readTable(session: Session, schema: string, table: TableName): Promise<readonly Row[]> {
  const columns = columnsOf(table)
    .map(([name, kind]) => `${readSql(name, kind)} AS "${name}"`)
    .join(', ')
  const rows = await session.rows(`SELECT ${columns} FROM ${schema}."${table}"`)
  return sortRows(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, toValue(cell)]))),
  )
}

function readSql(column: string, kind: ColumnKind): string {
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

function toValue(cell: unknown): Value {
  if (cell === null || typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'bigint') return cell
  throw new TypeError(`no value of the model: ${typeof cell}`)
}

/** One statement that answers `("table", n, fingerprint)` for each table: equal for equal rows, in any order. */
export function fingerprintSql(schema: string): string {
  return tableNames
    .map((table) => {
      const columns = columnsOf(table).map(([name, kind]) => readSql(name, kind))
      return `SELECT '${table}' AS "table", count(*) AS n, coalesce(sum(hash(${columns.join(', ')})), 0) AS fingerprint FROM ${schema}."${table}"`
    })
    .join(' UNION ALL ')
}
