import { AppError } from '../schemas/errors.ts'
import { positionOfByte } from './engine-error.ts'
import { allowedFunctions, allowedTableFunctions } from './sql-functions.ts'

/** What names mean in a statement: the tables of each dataset, and the dataset that unqualified names belong to, or all. */
export type SqlNames = {
  readonly tables: ReadonlyMap<string, readonly string[]>
  readonly dataset: string | null
}

/** Nested deeper, the engine's own recursion is at risk. */
const depthMax = 1_000

/** The time to plan a statement grows with the square of its SELECTs; the engine cannot be interrupted meanwhile. */
const queriesMax = 500

/** Expressions by class. Those of class OPERATOR are told apart by type. */
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
/** Queries, what stands after FROM, modifiers, sort orders and the parts of types. */
const nodes = new Set(
  `SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE
  BASE_TABLE EMPTY EXPRESSION_LIST JOIN PIVOT SHOW_REF SUBQUERY TABLE_FUNCTION
  DISTINCT_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER ORDER_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING
  ARRAY_TYPE_INFO DECIMAL_TYPE_INFO ENUM_TYPE_INFO LIST_TYPE_INFO STRING_TYPE_INFO STRUCT_TYPE_INFO UNBOUND_TYPE_INFO`.split(
    /\s+/,
  ),
)

type TreeNode = { readonly [field: string]: unknown }
type Walk = {
  readonly sql: string
  readonly names: SqlNames
  readonly scope: ReadonlySet<string>
  readonly seen: { queries: number }
  readonly depth: number
}

/**
 * Holds a parsed SELECT to the allowlists of tables and functions. The world is closed: what this does not know is
 * refused. Throws SQL_INVALID that names what was refused, where, and what exists.
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
    throw refused(node, at, `${kind} ${text(node, 'type')} cannot be used in ad-hoc SQL`)
  }
  if (kind === 'CONSTANT') return
  if (kind === 'FUNCTION' || kind === 'WINDOW') checkFunction(node, at, allowedFunctions)
  walkFields(node, at)
}

function walkNode(node: TreeNode, at: Walk): void {
  const kind = text(node, 'type')
  if (!nodes.has(kind)) throw refused(node, at, `${kind} cannot be used in ad-hoc SQL`)
  switch (kind) {
    case 'SELECT_NODE':
    case 'SET_OPERATION_NODE':
    case 'RECURSIVE_CTE_NODE':
      return walkQuery(node, at)
    case 'BASE_TABLE':
      checkTable(node, at)
      return walkFields(node, at)
    case 'TABLE_FUNCTION': {
      const called = node['function']
      if (!isNode(called) || text(called, 'class') !== 'FUNCTION')
        throw refused(node, at, 'this table function cannot be used')
      checkFunction(called, at, allowedTableFunctions)
      walkFields(called, at)
      return walkFields(node, at, ['function'])
    }
    case 'SHOW_REF':
      // DESCRIBE and SUMMARIZE hold the query they are about; SHOW would list what is none of a statement's business.
      if (!isNode(node['query']) || text(node, 'table_name') !== '')
        throw refused(node, at, 'SHOW cannot be used: DESCRIBE a table')
      return walkFields(node, at)
    case 'UNBOUND_TYPE_INFO':
      if (text(node, 'catalog') + text(node, 'schema') !== '')
        throw refused(node, at, `the type ${text(node, 'name')} cannot be qualified`)
      return walkFields(node, at)
    default:
      return walkFields(node, at)
  }
}

/**
 * A CTE is seen by those after it, by the query and by all that is below, never by itself: in `WITH t AS (FROM t)` the
 * inner `t` is a table. Only the right side of a recursive one sees its name.
 */
function walkQuery(node: TreeNode, at: Walk): void {
  at.seen.queries += 1
  if (at.seen.queries > queriesMax)
    throw new AppError('SQL_INVALID', `the statement has more than ${queriesMax} SELECTs`)
  const scope = new Set(at.scope)
  const within = { ...at, scope }
  for (const { key, value } of entries(node['cte_map'])) {
    walk(value, within)
    scope.add(lower(key))
  }
  if (text(node, 'type') !== 'RECURSIVE_CTE_NODE') return walkFields(node, within, ['cte_map'])
  walkFields(node, within, ['cte_map', 'right'])
  walk(node['right'], { ...at, scope: new Set([...scope, lower(text(node, 'cte_name'))]) })
}

function checkTable(node: TreeNode, at: Walk): void {
  const { names, scope } = at
  const [catalog, schema, table] = [text(node, 'catalog_name'), text(node, 'schema_name'), text(node, 'table_name')]
  if (node['at_clause'] !== null) throw refused(node, at, 'AT cannot be used: the tables have no older versions')
  if (catalog === '' && schema === '' && scope.has(lower(table))) return
  const owners = [...names.tables].filter(([dataset, tables]) => {
    const isMeant = schema === '' ? [null, dataset].includes(names.dataset) : schemasOf(dataset).includes(lower(schema))
    return isMeant && catalog === '' && tables.includes(lower(table))
  })
  if (owners.length === 1) return
  if (owners.length > 1) {
    const choices = owners.map(([dataset]) => `${dataset}.${table}`)
    throw refused(node, at, `${table} is a table of ${owners.length} datasets: write ${choices.join(' or ')}`, {
      tables: choices,
    })
  }
  const tables = [...names.tables].flatMap(([dataset, own]) => own.map((name) => `${dataset}.${name}`))
  const name = [catalog, schema, table].filter((part) => part !== '').join('.')
  throw refused(node, at, `there is no table ${name}; there are ${tables.join(', ')}`, { table: name, tables })
}

/** The merged view, and its two sides. */
function schemasOf(dataset: string): readonly string[] {
  return [dataset, `${dataset}_batch`, `${dataset}_speed`]
}

/** By the last part of the name: no schema holds another function of an allowed name. */
function checkFunction(node: TreeNode, at: Walk, allowed: ReadonlySet<string>): void {
  const name = text(node, 'function_name')
  if (allowed.has(lower(name))) return
  const detail = allowed === allowedTableFunctions ? { functions: [...allowed] } : {}
  throw refused(node, at, `the function ${name} cannot be used in ad-hoc SQL, or does not exist`, {
    function: name,
    ...detail,
  })
}

function refused(node: TreeNode, { sql }: Walk, message: string, details: Record<string, unknown> = {}): AppError {
  const location = node['query_location']
  const isKnown = typeof location === 'number' && location <= Buffer.byteLength(sql)
  return new AppError('SQL_INVALID', message, {
    details: isKnown ? { ...details, position: positionOfByte(sql, location) } : details,
  })
}

/** Maps come as `{"map": [{"key", "value"}]}`. */
function entries(map: unknown): readonly { readonly key: string; readonly value: unknown }[] {
  const list = isNode(map) ? map['map'] : null
  if (!Array.isArray(list)) throw new AppError('SQL_INVALID', 'the statement cannot be read')
  return list.map((entry: unknown) => {
    if (!isNode(entry)) throw new AppError('SQL_INVALID', 'the statement cannot be read')
    return { key: text(entry, 'key'), value: entry['value'] }
  })
}

function text(node: TreeNode, field: string): string {
  const value = node[field]
  if (typeof value === 'string') return value
  throw new AppError('SQL_INVALID', `the statement cannot be read: ${field} is not a text`)
}

/** The engine folds the case of ASCII alone. */
function lower(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
