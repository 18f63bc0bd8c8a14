import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { uniqueColumns } from '../../schemas/declare/check-tables.ts'
import { tableOf } from '../../schemas/declare/define-dataset.ts'
import { textsOf } from '../../schemas/ports/engine.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import { checkedFile } from '../../schemas/formats/manifest.ts'
import type { DataFile, Manifest } from '../../schemas/formats/manifest.ts'
import { namingUnreadable } from '../../schemas/formats/read-tables.ts'
import { ident, list, literal } from '../../schemas/sql/sql-text.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { versionColumns, withoutDeletedSql } from '../../schemas/sql/table-sql.ts'
import type { Findings } from './findings.ts'

export type TableComparison = {
  readonly dataset: DefinedDataset
  readonly session: Session
  readonly store: ObjectStore
  readonly manifest: Manifest
  /** The SQL schema with the tables that were rebuilt from the raw chunks. */
  readonly rebuilt: string
  readonly findings: Findings
}

/**
 * Compares every table of a generation with the rebuilt one, row by row, versions included. Returns the number of rows
 * per table.
 */
export async function compareTables(comparison: TableComparison): Promise<Record<string, number>> {
  const rows: Record<string, number> = {}
  for (const name of Object.keys(comparison.dataset.tables)) rows[name] = await compareTable(comparison, name)
  for (const name of Object.keys(comparison.manifest.tables)) {
    if (comparison.dataset.tables[name] === undefined)
      comparison.findings.differ({
        check: 'tables',
        subject: name,
        message: 'is a table of the generation that the dataset does not declare',
      })
  }
  return rows
}

async function compareTable(comparison: TableComparison, name: string): Promise<number> {
  const { store, session, manifest, findings } = comparison
  const files = manifest.tables[name] ?? []
  try {
    return await store.withFiles(files.map(checkedFile), async (paths) => {
      for (const { sha256 } of files) findings.checked('tableFiles', sha256 !== null)
      return await namingUnreadable(session, { files, paths }, async () => {
        await checkRowCounts(comparison, { name, files, paths })
        return await compareRows(comparison, name, paths)
      })
    })
  } catch (error) {
    if (error instanceof AppError && error.code !== 'OBJECT_MISSING' && error.code !== 'TABLE_CORRUPT') throw error
    const message = `cannot be compared: ${error instanceof Error ? error.message : String(error)}`
    findings.differ({ check: 'tables', subject: name, message })
    return 0
  }
}

type TableFiles = { readonly name: string; readonly files: readonly DataFile[]; readonly paths: readonly string[] }

async function checkRowCounts({ session, findings }: TableComparison, { files, paths }: TableFiles): Promise<void> {
  for (const [index, { key, rows, time_from: from, time_to: to }] of files.entries()) {
    const [facts] = await session.rows(
      `SELECT count(*) AS n, min(_time) AS first, max(_time) AS last FROM read_parquet(${literal(paths[index] ?? '')})`,
    )
    const isAsNamed =
      facts?.['n'] === BigInt(rows) && (rows === 0 || (facts['first'] === BigInt(from) && facts['last'] === BigInt(to)))
    if (!isAsNamed)
      findings.differ({
        check: 'tables',
        subject: key,
        message: `holds ${String(facts?.['n'])} rows, its generation says ${rows}, or other times than it says`,
      })
  }
}

/** Compares rows, paired by the columns that identify them. Reports rows that differ or are on one side only. */
async function compareRows(comparison: TableComparison, name: string, paths: readonly string[]): Promise<number> {
  const { dataset, session, rebuilt } = comparison
  const columns = list([...Object.keys(tableOf(dataset, name).columns).map(ident), ...versionColumns])
  const expected = `${rebuilt}.${ident(name)} b${withoutDeletedSql(dataset, { name, schemas: [rebuilt] })}`
  const stored =
    paths.length === 0 ? `(FROM ${rebuilt}.${ident(name)} WHERE false)` : `read_parquet([${list(paths.map(literal))}])`
  await session.run(
    `CREATE OR REPLACE TEMP TABLE lacking AS SELECT ${columns} FROM ${expected} EXCEPT ALL SELECT ${columns} FROM ${stored}`,
  )
  await session.run(
    `CREATE OR REPLACE TEMP TABLE surplus AS SELECT ${columns} FROM ${stored} EXCEPT ALL SELECT ${columns} FROM ${expected}`,
  )
  await reportPairs(comparison, name)
  await session.run('DROP TABLE lacking')
  await session.run('DROP TABLE surplus')
  const [counted] = await session.rows(`SELECT count(*) AS n FROM ${stored}`)
  return Number(counted?.['n'])
}

async function reportPairs({ dataset, session, findings }: TableComparison, name: string): Promise<void> {
  const { topic } = dataset
  const table = tableOf(dataset, name)
  const unique = uniqueColumns(table)
  const compared = [...Object.keys(table.columns).filter((column) => !unique.includes(column)), ...versionColumns]
  const differing = compared.map(
    (column) => `CASE WHEN l.${ident(column)} IS DISTINCT FROM s.${ident(column)} THEN ${literal(column)} END`,
  )
  const key = unique
    .map((column) => `${literal(`${column}=`)} || coalesce(l.${ident(column)}, s.${ident(column)})::VARCHAR`)
    .join(` || ', ' || `)
  const event = `${literal(`${topic}/`)} || coalesce(l._partition, s._partition) || '@' || coalesce(l._offset, s._offset)`
  const rows = await session.rows(
    `SELECT fault, count(*) AS n, (list(example ORDER BY example))[1:${findings.examplesMax}] AS examples FROM (
       SELECT CASE WHEN s._offset IS NULL THEN 'lacks rows that the raw chunks make'
           WHEN l._offset IS NULL THEN 'has rows that the raw chunks do not make'
           ELSE 'has rows with other values than the raw chunks make' END AS fault,
         ${key} || ' (' || ${event} || CASE WHEN l._offset IS NULL OR s._offset IS NULL THEN ')' ELSE '): ' || concat_ws(', ', ${list(differing)}) END AS example
       FROM lacking l FULL JOIN surplus s ON ${unique.map((column) => `l.${ident(column)} = s.${ident(column)}`).join(' AND ')}
     ) GROUP BY fault ORDER BY fault`,
  )
  for (const { fault, n, examples } of rows) {
    findings.differ({
      check: 'tables',
      subject: name,
      message: String(fault),
      count: Number(n),
      examples: textsOf(examples),
    })
  }
}
