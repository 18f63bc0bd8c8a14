import { publicTypes, uniqueColumns } from '../../schemas/declare/check-tables.ts'
import { storedType } from '../../schemas/declare/column-types.ts'
import { tableOf } from '../../schemas/declare/define-dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Cell } from '../../schemas/ports/engine.ts'
import { ident, list } from '../../schemas/sql/sql-text.ts'
import { formatCursor, parseCursor } from './cursor.ts'
import type { Answer } from '../replica/reader.ts'

/** The rows of a page if the caller gives no limit. */
export const pageRowsDefault = 100

export type TablePage = {
  readonly dataset: DefinedDataset
  readonly table: string
  readonly limit: number
  readonly cursor: string | null
}

/** Reads one row more than the page holds: if it exists, there is a next page. */
export function pageSql({ dataset, table, limit, cursor }: TablePage): {
  readonly sql: string
  readonly params: readonly Cell[]
} {
  const { columns } = tableOf(dataset, table)
  const unique = uniqueColumns(tableOf(dataset, table))
  const types = unique.map((name) => columns[name]?.type ?? 'VARCHAR')
  const params = cursor === null ? [] : parseCursor(cursor, { table: fullName(dataset, table), types })
  const [key, place] = [list(unique.map(ident)), types.map((type, i) => `$${i + 1}::${storedType(type)}`)]
  // The first column is compared alone as well: the engine looks up a column in the table's min-max indexes, but not a
  // row of columns.
  const where = cursor === null ? '' : ` WHERE (${key}) > (${list(place)}) AND ${ident(unique[0] ?? '')} >= ${place[0]}`
  const names = list(Object.keys(publicTypes(tableOf(dataset, table))).map(ident))
  return { sql: `SELECT ${names} FROM ${ident(table)}${where} ORDER BY ${key} LIMIT ${limit + 1}`, params }
}

/** Returns null on the last page. */
export function nextCursor({ dataset, table }: TablePage, { isTruncated, columns, rows }: Answer): string | null {
  const last = rows.at(-1)
  if (!isTruncated || last === undefined) return null
  const positions = uniqueColumns(tableOf(dataset, table)).map((name) =>
    columns.findIndex((column) => column.name === name),
  )
  return formatCursor(
    fullName(dataset, table),
    positions.map((position) => last[position] ?? null),
  )
}

function fullName(dataset: DefinedDataset, table: string): string {
  return `${dataset.name}.${table}`
}
