import { sqlSchemas } from '../../schemas/sql/sql-schemas.ts'
import { views } from '../replica/reader.ts'
import { isNode, lower, refused, text, walkQuery } from './select-tree.ts'
import type { TreeNode } from './select-tree.ts'

/**
 * The tables that names in a statement can mean, by dataset, and the dataset of unqualified names; null if they may
 * belong to any dataset.
 */
export type SqlNames = {
  readonly tables: ReadonlyMap<string, readonly string[]>
  readonly dataset: string | null
  /** The reason why a dataset was left out, by its name. */
  readonly leftOut?: ReadonlyMap<string, string>
}

type Place = { readonly sql: string; readonly names: SqlNames; readonly scope: ReadonlySet<string> }

/**
 * Checks that each table name in a parsed SELECT means one table; it checks nothing else. The engine would silently
 * take the first dataset that has the table. Throws SQL_INVALID that says what to write.
 */
export function requireUnambiguous(tree: unknown, sql: string, names: SqlNames): void {
  walk(tree, { sql, names, scope: new Set() })
}

function walk(value: unknown, at: Place): void {
  if (Array.isArray(value)) for (const item of value) walk(item, at)
  if (!isNode(value)) return
  if (value['type'] === 'BASE_TABLE') findsTable(value, at)
  if (isNode(value['cte_map'])) walkQuery(value, at.scope, (below, scope) => walk(below, { ...at, scope }))
  else for (const below of Object.values(value)) walk(below, at)
}

/** Returns whether the node names a table or CTE that exists. Throws SQL_INVALID if several tables have the name. */
export function findsTable(node: TreeNode, { sql, names, scope }: Place): boolean {
  const [catalog, schema, table] = [text(node, 'catalog_name'), text(node, 'schema_name'), text(node, 'table_name')]
  if (catalog === '' && schema === '' && scope.has(lower(table))) return true
  const owners = [...names.tables].filter(([dataset, tables]) => {
    const isMeant = schema === '' ? [null, dataset].includes(names.dataset) : isOf(dataset, lower(schema))
    return isMeant && catalog === '' && tables.includes(lower(table))
  })
  if (owners.length <= 1) return owners.length === 1
  const choices = owners.map(([dataset]) => `${dataset}.${table}`)
  throw refused(node, sql, `${table} is a table of ${owners.length} datasets: write ${choices.join(' or ')}`, {
    tables: choices,
  })
}

/** Returns whether a schema is one of the dataset's: of its merged, batch or speed view. */
function isOf(dataset: string, schema: string): boolean {
  return views.some((view) => sqlSchemas(dataset)[view] === schema)
}
