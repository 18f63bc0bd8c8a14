import { storedType } from '../declare/column-types.ts'
import type { ComputedColumn } from '../declare/dataset.ts'
import { deletedName } from '../declare/deleted-rows.ts'
import { ownerOf, tableOf } from '../declare/define-dataset.ts'
import type { DefinedDataset } from '../declare/define-dataset.ts'
import { ident, list } from './sql-text.ts'
import type { Tidemark } from '../formats/tidemark.ts'

/**
 * `(event time, partition, offset, position in the array)`: the version of a row, which decides which of two rows is
 * newer. No two rows of a table have the same.
 */
export const versionColumns = ['_time', '_partition', '_offset', '_position'] as const

const versionTypes = '_time BIGINT, _partition INTEGER, _offset BIGINT, _position INTEGER'

/** Columns of a table as people see it. What is computed of values that it does not suit is null. */
export function publicColumns(dataset: DefinedDataset, name: string): string {
  const { columns, computed = {} } = tableOf(dataset, name)
  const ofRow = Object.entries(computed).map(([column, value]) => `TRY(${computedSql(value)}) AS ${ident(column)}`)
  return list([...Object.keys(columns).map(ident), ...ofRow])
}

export function computedSql({ sql, type }: ComputedColumn): string {
  return `(${sql})::${storedType(type)}`
}

/** Columns of a table as both layers keep it: the declared ones, then the version. */
export function createTableSql(dataset: DefinedDataset, schema: string, name: string): string {
  const columns = Object.entries(tableOf(dataset, name).columns).map(
    ([column, { type }]) => `${ident(column)} ${storedType(type)}`,
  )
  return `CREATE TABLE ${schema}.${ident(name)} (${list(columns)}, ${versionTypes})`
}

/**
 * Writes a table anew, within a transaction. The old table, with its deleted rows and replaced texts, is freed when its
 * last reader ends. The engine itself cleans up only at a moment without any transaction.
 */
export function rewriteSql(table: string): string {
  return `CREATE OR REPLACE TABLE ${table} AS FROM ${table}`
}

/**
 * SQL of the batch side for a table that a generation has no files of: no rows, with the columns of the speed view's
 * table.
 */
export function noRowsSql(speed: string, name: string): string {
  return `SELECT * FROM ${speed}.${ident(name)} WHERE false`
}

/** The condition that two rows have the same key: `a.x = b.x AND ...`. For a set the key is its owner's. */
export function sameKey(dataset: DefinedDataset, name: string, left: string, right: string): string {
  const { key } = tableOf(dataset, ownerOf(dataset, name))
  return key.map((column) => `${left}.${ident(column)} = ${right}.${ident(column)}`).join(' AND ')
}

/** A row value that compares as versions do. */
export function version(alias: string): string {
  return `(${list(versionColumns.map((column) => `${alias}.${column}`))})`
}

/** True for rows whose offset lies below the tidemark. */
export function coveredSql(tidemark: Tidemark): string {
  const cases = [...tidemark].map(([partition, offset]) => `WHEN ${partition} THEN ${offset}`)
  return cases.length === 0 ? 'false' : `_offset < CASE _partition ${cases.join(' ')} ELSE 0 END`
}

/** The table with the deletes that hide rows of a table, or of the sets of their owner; null if nothing deletes them. */
export function deletesOf(dataset: DefinedDataset, name: string): string | null {
  const owner = ownerOf(dataset, name)
  const table = tableOf(dataset, owner)
  return table.kind === 'latest' && table.deletes !== undefined ? deletedName(owner) : null
}

/**
 * What stands behind `FROM <rows> b` to leave out the rows of a table that a newer delete hides. Deletes may lie in
 * several schemas; those are not merged, since one that is newer is enough.
 */
export function withoutDeletedSql(
  dataset: DefinedDataset,
  { name, schemas }: { readonly name: string; readonly schemas: readonly string[] },
): string {
  const deletes = deletesOf(dataset, name)
  if (deletes === null) return ''
  return schemas
    .map((schema, n) => {
      const hides = `${sameKey(dataset, name, `x${n}`, 'b')} AND ${version(`x${n}`)} > ${version('b')}`
      return ` ANTI JOIN ${schema}.${ident(deletes)} x${n} ON ${hides}`
    })
    .join('')
}

/**
 * SQL of the merged view of a table: the generation's rows whose key has no speed row, and the speed rows, without those
 * that are deleted. It is right because fold and hand-over keep only speed rows that are newer than the generation's row
 * of their key. Keys are never NULL. The engine would group all keys of the batch side first if this were a correlated
 * NOT EXISTS.
 */
export function mergedSql(
  dataset: DefinedDataset,
  { name, batch, speed }: { name: string; batch: string; speed: string },
): string {
  const columns = publicColumns(dataset, name)
  const rest =
    tableOf(dataset, name).kind === 'append'
      ? ''
      : ` ANTI JOIN ${speed}.${ident(ownerOf(dataset, name))} s ON ${sameKey(dataset, name, 's', 'b')}`
  const standing = withoutDeletedSql(dataset, { name, schemas: [batch, speed] })
  const ofSpeed = `${speed}.${ident(name)}${standing === '' ? '' : ` b${standing}`}`
  return `SELECT ${columns} FROM ${batch}.${ident(name)} b${rest}${standing} UNION ALL SELECT ${columns} FROM ${ofSpeed}`
}

/** SQL of what one side alone knows of a table. */
export function sideSql(dataset: DefinedDataset, schema: string, name: string): string {
  const standing = withoutDeletedSql(dataset, { name, schemas: [schema] })
  return `SELECT ${publicColumns(dataset, name)} FROM ${schema}.${ident(name)}${standing === '' ? '' : ` b${standing}`}`
}
