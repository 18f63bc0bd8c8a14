import { AppError } from '../../schemas/errors.ts'
import { isNode, lower, refused, text, walkQuery } from './select-tree.ts'
import type { TreeNode } from './select-tree.ts'
import { allowedFunctions, allowedTableFunctions } from './functions.ts'
import { findsTable } from './table-names.ts'
import type { SqlNames } from './table-names.ts'

/** Beyond this depth the engine's own recursion could overflow its stack. */
const depthMax = 1_000

/**
 * The time to plan a statement grows with the square of its number of SELECTs, and the engine cannot be interrupted
 * while it plans.
 */
const queriesMax = 500

/** Allowed expressions, by class. Expressions of class OPERATOR are allowed by type. */
const expressions = new Set(
  `BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA LAMBDA_REF OPERATOR PARAMETER
  POSITIONAL_REFERENCE STAR SUBQUERY WINDOW`.split(/\s+/),
)
const operators = new Set(
  `ARRAY_CONSTRUCTOR ARRAY_EXTRACT ARRAY_SLICE ARROW COMPARE_IN COMPARE_NOT_IN GROUPING_FUNCTION OPERATOR_COALESCE
  OPERATOR_IS_NOT_NULL OPERATOR_IS_NULL OPERATOR_NOT OPERATOR_NULLIF OPERATOR_TRY OPERATOR_UNPACK STRUCT_EXTRACT`.split(
    /\s+/,
  ),
)
/** Allowed nodes: queries, what stands after FROM, modifiers, sort orders and the parts of types. */
const nodes = new Set(
  `SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE
  BASE_TABLE EMPTY EXPRESSION_LIST JOIN PIVOT SHOW_REF SUBQUERY TABLE_FUNCTION
  DISTINCT_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER ORDER_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING
  ARRAY_TYPE_INFO DECIMAL_TYPE_INFO ENUM_TYPE_INFO LIST_TYPE_INFO STRING_TYPE_INFO STRUCT_TYPE_INFO UNBOUND_TYPE_INFO`.split(
    /\s+/,
  ),
)

type Walk = {
  readonly sql: string
  readonly names: SqlNames
  readonly scope: ReadonlySet<string>
  readonly seen: { queries: number }
  readonly depth: number
}

/**
 * Checks a parsed SELECT against the lists of allowed tables and functions. A node that is on no list is refused.
 * Throws SQL_INVALID that names what was refused, its place, and what exists.
 */
export function checkSelect(tree: unknown, sql: string, names: SqlNames): void {
  walk(tree, { sql, names, scope: new Set(), seen: { queries: 0 }, depth: 0 })
}

function walk(value: unknown, at: Walk): void {
  if (Array.isArray(value)) for (const item of value) walk(item, at)
  if (!isNode(value)) return
  if (at.depth > depthMax) throw new AppError('SQL_INVALID', 'the statement is nested too deeply')
  const below = { ...at, depth: at.depth + 1 }
  if (typeof value['class'] === 'string') return walkExpression(value, below)
  if (typeof value['type'] === 'string') return walkNode(value, below)
  walkFields(value, below)
}

function walkFields(node: TreeNode, at: Walk, except: readonly string[] = []): void {
  for (const [field, value] of Object.entries(node)) if (!except.includes(field)) walk(value, at)
}

function walkExpression(node: TreeNode, at: Walk): void {
  const kind = text(node, 'class')
  if (!expressions.has(kind) || (kind === 'OPERATOR' && !operators.has(text(node, 'type')))) {
    throw refused(node, at.sql, `${kind} ${text(node, 'type')} cannot be used in ad-hoc SQL`)
  }
  if (kind === 'CONSTANT') return
  if (kind === 'FUNCTION' || kind === 'WINDOW') checkFunction(node, at, allowedFunctions)
  walkFields(node, at)
}

function walkNode(node: TreeNode, at: Walk): void {
  const kind = text(node, 'type')
  if (!nodes.has(kind)) throw refused(node, at.sql, `${kind} cannot be used in ad-hoc SQL`)
  switch (kind) {
    case 'SELECT_NODE':
    case 'SET_OPERATION_NODE':
    case 'RECURSIVE_CTE_NODE':
      return walkSelects(node, at)
    case 'BASE_TABLE':
      checkTable(node, at)
      return walkFields(node, at)
    case 'TABLE_FUNCTION': {
      const called = node['function']
      if (!isNode(called) || text(called, 'class') !== 'FUNCTION')
        throw refused(node, at.sql, 'this table function cannot be used')
      checkFunction(called, at, allowedTableFunctions)
      walkFields(called, at)
      return walkFields(node, at, ['function'])
    }
    case 'SHOW_REF':
      // DESCRIBE and SUMMARIZE hold the query they are about. SHOW holds none: it would list tables that statements
      // must not see.
      if (!isNode(node['query']) || text(node, 'table_name') !== '')
        throw refused(node, at.sql, 'SHOW cannot be used: DESCRIBE a table')
      return walkFields(node, at)
    case 'UNBOUND_TYPE_INFO':
      if (text(node, 'catalog') + text(node, 'schema') !== '')
        throw refused(node, at.sql, `the type ${text(node, 'name')} cannot be qualified`)
      return walkFields(node, at)
    default:
      return walkFields(node, at)
  }
}

function walkSelects(node: TreeNode, at: Walk): void {
  at.seen.queries += 1
  if (at.seen.queries > queriesMax)
    throw new AppError('SQL_INVALID', `the statement has more than ${queriesMax} SELECTs`)
  walkQuery(node, at.scope, (value, scope) => walk(value, { ...at, scope }))
}

function checkTable(node: TreeNode, at: Walk): void {
  if (node['at_clause'] !== null) throw refused(node, at.sql, 'AT cannot be used: the tables have no older versions')
  if (findsTable(node, at)) return
  const reason = at.names.leftOut?.get(lower(text(node, 'schema_name')).replace(/_(batch|speed)$/, ''))
  if (reason !== undefined)
    throw refused(
      node,
      at.sql,
      `${reason}. The dataset is left out until this is mended and the server is started again`,
    )
  const tables = [...at.names.tables].flatMap(([dataset, own]) => own.map((name) => `${dataset}.${name}`))
  const name = ['catalog_name', 'schema_name', 'table_name']
    .map((field) => text(node, field))
    .filter((part) => part !== '')
    .join('.')
  throw refused(node, at.sql, `there is no table ${name}; there are ${tables.join(', ')}`, { table: name, tables })
}

/** Compares the last part of the name only: no schema has another function with an allowed name. */
function checkFunction(node: TreeNode, at: Walk, allowed: ReadonlySet<string>): void {
  const name = text(node, 'function_name')
  if (allowed.has(lower(name))) return
  const detail = allowed === allowedTableFunctions ? { functions: [...allowed] } : {}
  throw refused(node, at.sql, `the function ${name} cannot be used in ad-hoc SQL, or does not exist`, {
    function: name,
    ...detail,
  })
}
