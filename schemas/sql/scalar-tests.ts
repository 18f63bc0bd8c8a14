import type { EnumNode, ScalarNode, TextNode } from '../contract/node.ts'
import { parsedType } from '../contract/kinds.ts'
import { doubleSql, scalarRules, valueRules } from './scalar-sql.ts'
import { list, literal } from './sql-text.ts'

/** True if the JSON type of a scalar does not tell enough. */
export function needsValue(node: ScalarNode): boolean {
  switch (node.kind) {
    case 'integer':
    case 'number':
    case 'enum':
      return true
    case 'text':
      return valueRules(node, '').length > 0
    default:
      return false
  }
}

/** A test of a scalar that is there, by its JSON type and its value in the parsed event. */
export function typedTest(node: ScalarNode, type: string, value: string): string {
  const rest = valueRules(node, value).map(({ holds }) => holds)
  switch (node.kind) {
    case 'integer':
      return [isInteger(type), `${value} BETWEEN ${node.min} AND ${node.max}`, ...rest].join(' AND ')
    case 'number':
      return [isNumber(type), `isfinite(${value})`, ...rest].join(' AND ')
    case 'text':
      return [`${type} = 'VARCHAR'`, ...rest].join(' AND ')
    case 'boolean':
      return `${type} = 'BOOLEAN'`
    case 'any':
      return `${type} IS NOT NULL`
    case 'enum':
      return typedEnumTest(node, type, value)
  }
}

function typedEnumTest(node: EnumNode, type: string, value: string): string {
  const isOneOf = (write: (value: string | number | boolean) => string) =>
    `${value} IN (${list(node.values.map(write))})`
  switch (parsedType(node)) {
    case 'VARCHAR':
      return `${type} = 'VARCHAR' AND ${isOneOf((one) => literal(String(one)))}`
    case 'BOOLEAN':
      return `${type} = 'BOOLEAN' AND ${isOneOf(String)}`
    case 'BIGINT':
      return `${isInteger(type)} AND ${isOneOf(String)}`
    case 'DOUBLE':
      return `${isNumber(type)} AND ${isOneOf((one) => doubleSql(Number(one)))}`
    case 'JSON':
      return rawTest(node, value)
  }
}

function isInteger(type: string): string {
  return `${type} IN ('UBIGINT', 'BIGINT')`
}

function isNumber(type: string): string {
  return `${type} IN ('DOUBLE', 'UBIGINT', 'BIGINT')`
}

/** A test of a scalar by its raw JSON. */
export function rawTest(node: ScalarNode, leaf: string): string {
  // As JSON.stringify writes the values. If they are written in another way, `faultSql` decides.
  if (node.kind === 'enum')
    return `${leaf}::VARCHAR IN (${list(node.values.map((value) => literal(JSON.stringify(value))))})`
  const { type, rest } = scalarRules(node, leaf)
  return `(${[type, ...rest].map(({ holds }) => holds).join(' AND ')})`
}

/** What numbers, booleans, objects and arrays begin with, and what they look like, when they are read as texts. */
const otherBeginnings = '-0123456789[{tfIiNn'
const others = String.raw`[-+.0-9eE]+|[\[{](?s:.*)|(?i:-?(?:nan|inf(?:inity)?))|true|false`

/** A test of what was read as a text: true only if a text stood there, not another value that reads the same. */
export function isSurelyText(node: TextNode, text: string): string {
  const codes = list([...Buffer.from(otherBeginnings)].map(String))
  const isSure = `CASE WHEN unicode(${text}) NOT IN (${codes}) THEN true ELSE NOT regexp_full_match(${text}, ${literal(others)}) END`
  return [isSure, ...valueRules(node, text).map(({ holds }) => holds)].join(' AND ')
}
