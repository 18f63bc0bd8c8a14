import type { Literal, ScalarNode } from '../contract/node.ts'
import type { TextTest } from '../contract/texts.ts'
import { twoUnits } from '../contract/engine-pattern.ts'
import { literal } from './sql-text.ts'

/** A condition on a value. `says` completes "expected ..." in the reason. */
export type Rule = { readonly holds: string; readonly says: string }

/**
 * The conditions on a scalar. `json` is SQL of its JSON text. No condition fails; each may be null for a value of
 * another type.
 */
export function scalarRules(node: ScalarNode, json: string): { readonly type: Rule; readonly rest: readonly Rule[] } {
  const raw = `${json}::VARCHAR`
  switch (node.kind) {
    case 'integer': {
      const value = `TRY_CAST(${raw} AS BIGINT)`
      // The cast rounds 1.5 and takes "12", so the value must print as the text was.
      const isInteger = `${value} BETWEEN ${node.min} AND ${node.max} AND ${value}::VARCHAR = ${raw}`
      const says = `an integer from ${node.min} to ${node.max}`
      return { type: { holds: isInteger, says }, rest: valueRules(node, value) }
    }
    case 'number': {
      const value = `TRY_CAST(${raw} AS DOUBLE)`
      return {
        type: { holds: `${isNumeric(raw)} AND isfinite(${value})`, says: 'a finite number' },
        rest: valueRules(node, value),
      }
    }
    case 'text': {
      const text = `json_extract_string(${json}, '$')`
      return { type: { holds: `starts_with(${raw}, '"')`, says: 'a text' }, rest: valueRules(node, text) }
    }
    case 'enum': {
      const says = node.values.length === 1 ? String(node.values[0]) : `one of ${node.values.join(', ')}`
      return { type: { holds: node.values.map((value) => isLiteral(value, json)).join(' OR '), says }, rest: [] }
    }
    case 'boolean':
      return { type: { holds: `${raw} IN ('true', 'false')`, says: 'true or false' }, rest: [] }
    case 'any':
      return { type: { holds: 'true', says: 'any value' }, rest: [] }
  }
}

/** The conditions on a scalar that is of its type. `value` is SQL of it: a BIGINT, a DOUBLE or a VARCHAR. */
export function valueRules(node: ScalarNode, value: string): readonly Rule[] {
  switch (node.kind) {
    case 'integer':
      return multiples(node.multiplesOf, value)
    case 'number': {
      const bounds = node.bounds.map(({ operator, value: bound }) => ({
        holds: `${value} ${operator} ${doubleSql(bound)}`,
        says: `a number ${operator} ${bound}`,
      }))
      return [...bounds, ...multiples(node.multiplesOf, value)]
    }
    case 'text':
      return [
        ...lengthRules(node.length, `length(${value})`, 'character'),
        ...node.tests.map((test) => textRule(test, value)),
      ]
    default:
      return []
  }
}

/** The conditions on a length; none if it is unbounded. */
export function lengthRules(
  { min, max }: { readonly min: number; readonly max: number },
  length: string,
  unit: string,
): readonly Rule[] {
  const units = (count: number) => `${count} ${unit}${count === 1 ? '' : 's'}`
  return [
    ...(min > 0 ? [{ holds: `${length} >= ${min}`, says: `at least ${units(min)}` }] : []),
    ...(Number.isFinite(max) ? [{ holds: `${length} <= ${max}`, says: `at most ${units(max)}` }] : []),
  ]
}

/** Only numbers begin with a minus or a digit in JSON. What lies between the two in ASCII begins no value. */
function isNumeric(raw: string): string {
  return `${raw} >= '-' AND ${raw} < ':'`
}

/** The same arithmetic as zod's, with its tolerance for the rounding of decimal fractions. */
function multiples(steps: readonly number[], value: string): readonly Rule[] {
  return steps.map((step) => {
    const ratio = `(${value}::DOUBLE / ${doubleSql(step)})`
    return {
      holds: `abs(${ratio} - round(${ratio})) < ${4 * Number.EPSILON} * greatest(abs(${ratio}), 1)`,
      says: `a multiple of ${step}`,
    }
  })
}

function textRule(test: TextTest, text: string): Rule {
  if (test.test !== 'pattern') return { holds: `${test.test}(${text}, ${literal(test.part)})`, says: test.says }
  const { source, countsUnits } = test.pattern
  const units = countsUnits ? `regexp_replace(${text}, '[\\x{10000}-\\x{10ffff}]', '${twoUnits}', 'g')` : text
  return { holds: `regexp_matches(${units}, ${literal(source)})`, says: test.says }
}

/** A text is compared after its escapes are read, since JSON can write it in several ways. */
function isLiteral(value: Literal, json: string): string {
  const raw = `${json}::VARCHAR`
  if (typeof value === 'string')
    return `(starts_with(${raw}, '"') AND json_extract_string(${json}, '$') = ${literal(value)})`
  if (typeof value === 'boolean') return `${raw} = '${String(value)}'`
  return `(${isNumeric(raw)} AND TRY_CAST(${raw} AS DOUBLE) = ${doubleSql(value)})`
}

/** A DOUBLE, also of 1e308, which would be a decimal as a plain literal. */
export function doubleSql(value: number): string {
  return `'${String(value)}'::DOUBLE`
}

/** SQL of what a JSON value is, for a reason. */
export function foundSql(json: string, isInteger: boolean): string {
  return `CASE json_type(${json}) WHEN 'NULL' THEN 'null' WHEN 'VARCHAR' THEN 'a text' WHEN 'BOOLEAN' THEN 'a boolean' WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits' WHEN 'OBJECT' THEN 'an object' WHEN 'ARRAY' THEN 'an array' ELSE '${isInteger ? 'another integer' : 'an integer'}' END`
}
