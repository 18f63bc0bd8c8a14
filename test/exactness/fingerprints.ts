import type { Session } from '../../schemas/engine.ts'
import { columnsOf, tableNames } from '../oracle/rows.ts'
import type { ColumnKind, TableName, Tables } from '../oracle/rows.ts'

/** Of one world's tables: equal for equal rows in any order. */
type Fingerprint = string

/** The fingerprint of each world of a schema whose tables have a column `world` and values of the recount. */
export async function fingerprints(session: Session, schema: string): Promise<ReadonlyMap<number, Fingerprint>> {
  const ofTables = tableNames.map((table) => {
    const columns = columnsOf(table).map(([name]) => `"${name}"`)
    return `SELECT world, '${table}' AS name, count(*) AS n, sum(hash(${columns.join(', ')})) AS total FROM ${schema}."${table}" GROUP BY world`
  })
  const rows =
    await session.rows(`SELECT world, string_agg(name || ' ' || n || ' ' || total, ', ' ORDER BY name) AS fingerprint
    FROM (${ofTables.join(' UNION ALL ')}) GROUP BY world`)
  return new Map(rows.map(({ world, fingerprint }) => [Number(world), String(fingerprint)]))
}

/** Loads recounted tables, one world each, to be fingerprinted like what they are compared with. */
export async function loadRecounts(session: Session, schema: string, recounts: readonly Tables[]): Promise<void> {
  await session.run(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await session.run(`CREATE SCHEMA ${schema}`)
  for (const table of tableNames) await loadTable(session, schema, { table, recounts })
}

type Load = { readonly table: TableName; readonly recounts: readonly Tables[] }

async function loadTable(session: Session, schema: string, { table, recounts }: Load): Promise<void> {
  const columns = columnsOf(table)
  const rows = recounts.flatMap((tables, world) => tables[table].map((row) => ({ world, row })))
  await session.run(
    `CREATE OR REPLACE TEMP TABLE loading (world INTEGER, ${columns.map(([name]) => `"${name}" VARCHAR`).join(', ')})`,
  )
  await session.append('loading', [
    { type: 'INTEGER', cells: rows.map(({ world }) => world) },
    ...columns.map(([name]) => ({ type: 'VARCHAR' as const, cells: rows.map(({ row }) => textOf(row[name])) })),
  ])
  const values = columns.map(([name, kind]) => `"${name}"::${typeOf(kind)} AS "${name}"`)
  await session.run(`CREATE TABLE ${schema}."${table}" AS SELECT world, ${values.join(', ')} FROM loading`)
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
