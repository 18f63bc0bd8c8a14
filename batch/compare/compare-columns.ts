import { uniqueColumns } from '../../schemas/declare/check-tables.ts'
import type { Table } from '../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { ident, list } from '../../schemas/sql/sql-text.ts'
import { versionColumns } from '../../schemas/sql/table-sql.ts'
import type { Side } from './compare-generations.ts'

/** A column that both generations have. Values of other types are compared as texts, numbers as numbers. */
export type PairedColumn = { readonly name: string; readonly asText: boolean }

/** How the rows of a table are paired, and what is compared. */
export type PairedColumns = { readonly key: readonly PairedColumn[]; readonly compared: readonly PairedColumn[] }

export type ColumnComparison = {
  /** What differs in the columns, for people. */
  readonly shape: readonly string[]
  /** Null if the rows cannot be paired. */
  readonly paired: PairedColumns | null
}

type Compared = {
  readonly dataset: DefinedDataset
  readonly from: Manifest
  readonly to: Manifest
  /** The table as it is declared; null if it is not. */
  readonly table: Table | null
  readonly read: (side: Side) => string | null
}

export async function compareColumns(session: Session, compared: Compared): Promise<ColumnComparison> {
  const { dataset, from, to, table, read } = compared
  const [inFrom, inTo] = [await columnsOf(session, read('from')), await columnsOf(session, read('to'))]
  // A generation says nothing of the columns of a table without rows.
  const [left, right] = [inFrom ?? inTo ?? new Map<string, string>(), inTo ?? inFrom ?? new Map<string, string>()]
  const shape = [
    ...[...left].flatMap(([name, type]) =>
      right.has(name) ? [] : [`only generation ${from.generation} has the column ${name} (${type})`],
    ),
    ...[...right].flatMap(([name, type]) => {
      const before = left.get(name)
      if (before === undefined) return [`only generation ${to.generation} has the column ${name} (${type})`]
      return before === type
        ? []
        : [`${name} is ${before} in generation ${from.generation}, ${type} in generation ${to.generation}`]
    }),
  ]
  const common = [...left].flatMap(([name, type]) => {
    const other = right.get(name)
    return other === undefined ? [] : [{ name, asText: other !== type && !(isNumber(type) && isNumber(other)) }]
  })
  if (table === null)
    return { shape: [...shape, 'it is not declared here, so its rows cannot be paired'], paired: null }
  const unique = uniqueColumns(table)
  const lacking = unique.filter((name) => !common.some((column) => column.name === name))
  if (lacking.length > 0 && left.size > 0)
    return {
      shape: [...shape, `${lacking.join(', ')} of its key is not in both, so its rows cannot be paired`],
      paired: null,
    }
  // Of another declaration the key is not known.
  for (const [side, { generation, declaration }] of [
    ['from', from],
    ['to', to],
  ] as const)
    if (declaration !== dataset.hash && (await hasEqualKeys(session, unique, read(side))))
      return {
        shape: [
          ...shape,
          `several rows of generation ${generation} have the same ${unique.join(', ')}, so they cannot be paired`,
        ],
        paired: null,
      }
  const isKey = ({ name }: PairedColumn): boolean => unique.includes(name)
  return { shape, paired: { key: common.filter(isKey), compared: common.filter((column) => !isKey(column)) } }
}

function isNumber(type: string): boolean {
  return /^(INTEGER|BIGINT|UBIGINT|HUGEINT|DOUBLE|DECIMAL\(.*\))$/.test(type)
}

async function hasEqualKeys(session: Session, key: readonly string[], rows: string | null): Promise<boolean> {
  if (rows === null) return false
  const found = await session.rows(`SELECT 1 FROM ${rows} GROUP BY ${list(key.map(ident))} HAVING count(*) > 1 LIMIT 1`)
  return found.length > 0
}

async function columnsOf(session: Session, rows: string | null): Promise<ReadonlyMap<string, string> | null> {
  if (rows === null) return null
  const described = await session.rows(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${rows})`)
  const version: readonly string[] = versionColumns
  return new Map(
    described
      .map(({ column_name: name, column_type: type }) => [String(name), String(type)] as const)
      .filter(([name]) => !version.includes(name)),
  )
}
