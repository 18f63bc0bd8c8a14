import { AppError } from '../../schemas/errors.ts'
import { positionOfByte } from '../replica/engine-error.ts'

/** A part of a SELECT as the engine's parser writes it. */
export type TreeNode = { readonly [field: string]: unknown }

/**
 * Walks the parts of a query, each with the names of the CTEs that it sees. A CTE is seen by the CTEs after it, by its
 * query and by everything inside these, but not by itself: in `WITH t AS (FROM t)` the inner `t` is a table. In a
 * recursive CTE only the right side sees its own name.
 */
export function walkQuery(
  node: TreeNode,
  outer: ReadonlySet<string>,
  walk: (value: unknown, scope: ReadonlySet<string>) => void,
): void {
  const scope = new Set(outer)
  for (const { key, value } of entries(node['cte_map'])) {
    walk(value, scope)
    scope.add(lower(key))
  }
  const isRecursive = text(node, 'type') === 'RECURSIVE_CTE_NODE'
  for (const [field, value] of Object.entries(node)) {
    if (field === 'cte_map') continue
    const seesItself = isRecursive && field === 'right'
    walk(value, seesItself ? new Set([...scope, lower(text(node, 'cte_name'))]) : scope)
  }
}

/** Returns SQL_INVALID, with the node's position in the statement if the parser knows it. */
export function refused(
  node: TreeNode,
  sql: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): AppError {
  const location = node['query_location']
  const isKnown = typeof location === 'number' && location <= Buffer.byteLength(sql)
  return new AppError('SQL_INVALID', message, {
    details: isKnown ? { ...details, position: positionOfByte(sql, location) } : details,
  })
}

export function text(node: TreeNode, field: string): string {
  const value = node[field]
  if (typeof value === 'string') return value
  throw new AppError('SQL_INVALID', `the statement cannot be read: ${field} is not a text`)
}

/** The engine ignores the case of ASCII letters only. */
export function lower(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

export function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The parser writes a map as `{"map": [{"key", "value"}]}`. */
function entries(map: unknown): readonly { readonly key: string; readonly value: unknown }[] {
  const list = isNode(map) ? map['map'] : null
  if (!Array.isArray(list)) throw new AppError('SQL_INVALID', 'the statement cannot be read')
  return list.map((entry: unknown) => {
    if (!isNode(entry)) throw new AppError('SQL_INVALID', 'the statement cannot be read')
    return { key: text(entry, 'key'), value: entry['value'] }
  })
}
