import { publicTypes, uniqueColumns } from '../../schemas/declare/check-tables.ts'
import type { Table } from '../../schemas/declare/dataset.ts'

/** What is told of a table: by `/v1/datasets`, by the command line and in diagrams. */
export type TableInfo = {
  readonly name: string
  readonly kind: Table['kind']
  /** The columns that tell any two rows apart. */
  readonly key: readonly string[]
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** The table whose rows a set belongs to; null for every other table. */
  readonly owner: string | null
  /** By column, the key that its values refer to, as `table.column`. */
  readonly references: Readonly<Record<string, string>>
}

export function tableInfo(name: string, table: Table): TableInfo {
  return {
    name,
    kind: table.kind,
    key: uniqueColumns(table),
    columns: Object.entries(publicTypes(table)).map(([column, type]) => ({ name: column, type })),
    owner: table.kind === 'set' ? table.owner : null,
    references: table.references ?? {},
  }
}
