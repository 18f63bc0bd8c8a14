import type { Session } from '../../schemas/ports/engine.ts'
import { columnsOf } from '../oracle/rows.ts'
import type { ColumnKind, Row, TableColumns, TablesOf } from '../oracle/rows.ts'

/** Of one world's tables: equal for equal rows in any order. */
type Fingerprint = string

/** The fingerprint of each world of a schema whose tables have a column `world` and values of the recount. */
export async function fingerprints(
  session: Session,
  schema: string,
  tables: TableColumns,
): Promise<ReadonlyMap<number, Fingerprint>> {
  const ofTables = Object.keys(tables).map((table) => {
    const columns = columnsOf(tables, table).map(([name]) => `"${name}"`)
    return `SELECT world, '${table}' AS name, count(*) AS n, sum(hash(${columns.join(', ')})) AS total FROM ${schema}."${table}" GROUP BY world`
  })
  const rows =
    await session.rows(`SELECT world, string_agg(name || ' ' || n || ' ' || total, ', ' ORDER BY name) AS fingerprint
    FROM (${ofTables.join(' UNION ALL ')}) GROUP BY world`)
  return new Map(rows.map(({ world, fingerprint }) => [Number(world), String(fingerprint)]))
}

/** Loads recounted tables, one world each, to be fingerprinted like what they are compared with. */
export async function loadRecounts(
  session: Session,
  schema: string,
  { tables, recounts }: { readonly tables: TableColumns; readonly recounts: readonly TablesOf[] },
): Promise<void> {
  await session.run(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await session.run(`CREATE SCHEMA ${schema}`)
  for (const table of Object.keys(tables)) {
    await loadTable(session, `${schema}."${table}"`, {
      columns: columnsOf(tables, table),
      rows: recounts.flatMap((told, world) => (told[table] ?? []).map((row) => ({ world, row }))),
    })
  }
}

type Load = {
  readonly columns: readonly (readonly [string, ColumnKind])[]
  readonly rows: readonly { readonly world: number; readonly row: Row }[]
}

async function loadTable(session: Session, table: string, { columns, rows }: Load): Promise<void> {
  await session.run(
    `CREATE OR REPLACE TEMP TABLE loading (world INTEGER, ${columns.map(([name]) => `"${name}" VARCHAR`).join(', ')})`,
  )
  await session.append('loading', [
    { type: 'INTEGER', cells: rows.map(({ world }) => world) },
    ...columns.map(([name]) => ({ type: 'VARCHAR' as const, cells: rows.map(({ row }) => textOf(row[name])) })),
  ])
  const values = columns.map(([name, kind]) => `"${name}"::${typeOf(kind)} AS "${name}"`)
  await session.run(`CREATE TABLE ${table} AS SELECT world, ${values.join(', ')} FROM loading`)
  await session.run('DROP TABLE loading')
}

function textOf(value: string | number | bigint | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}

function typeOf(kind: ColumnKind): string {
  switch (kind) {
    case 'integer':
    case 'time':
      return 'BIGINT'
    case 'double':
      return 'DOUBLE'
    case 'text':
    case 'bytes':
      return 'VARCHAR'
  }
}
