import type { Literal, ScalarNode } from '../contract/contract.ts'
import type { TextTest } from '../contract/texts.ts'
import { twoUnits } from '../contract/engine-pattern.ts'
import { literal } from './sql-text.ts'

/** A condition on a value, and how a reason completes "expected ..." where it does not hold. */
export type Rule = { readonly holds: string; readonly says: string }

/** What a scalar must be. `json` is SQL of its JSON text; no condition throws, each may be null for a value of a wrong type. */
export function scalarRules(node: ScalarNode, json: string): { readonly type: Rule; readonly rest: readonly Rule[] } {
  const raw = `${json}::VARCHAR`
  switch (node.kind) {
    case 'integer': {
      const value = `TRY_CAST(${raw} AS BIGINT)`
      // The cast rounds 1.5 and takes "12": only an integer's own text is what its value prints.
      const isInteger = `${value} BETWEEN ${node.min} AND ${node.max} AND ${value}::VARCHAR = ${raw}`
      const says = `an integer from ${node.min} to ${node.max}`
      return { type: { holds: isInteger, says }, rest: multiples(node.multiplesOf, value) }
    }
    case 'number': {
      const value = `TRY_CAST(${raw} AS DOUBLE)`
      const bounds = node.bounds.map(({ operator, value: bound }) => ({
        holds: `${value} ${operator} ${doubleSql(bound)}`,
        says: `a number ${operator} ${bound}`,
      }))
      const rest = [...bounds, ...multiples(node.multiplesOf, value)]
      return { type: { holds: `${isNumeric(raw)} AND isfinite(${value})`, says: 'a finite number' }, rest }
    }
    case 'text': {
      const text = `json_extract_string(${json}, '$')`
      const rest = [
        ...lengthRules(node.length, `length(${text})`, 'character'),
        ...node.tests.map((test) => textRule(test, text)),
      ]
      return { type: { holds: `starts_with(${raw}, '"')`, says: 'a text' }, rest }
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

/** The rules that bound a length; none where it is unbounded. */
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

/** Of JSON's values only numbers begin with a minus or a digit; what else is between the two in ASCII begins none. */
function isNumeric(raw: string): string {
  return `${raw} >= '-' AND ${raw} < ':'`
}

/** zod's own arithmetic, whose tolerance takes the rounding of decimal fractions for what it is. */
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

/** A text without escapes is compared as it stands; the same text may be written with escapes. */
function isLiteral(value: Literal, json: string): string {
  const raw = `${json}::VARCHAR`
  if (typeof value === 'string')
    return `(starts_with(${raw}, '"') AND json_extract_string(${json}, '$') = ${literal(value)})`
  if (typeof value === 'boolean') return `${raw} = '${String(value)}'`
  return `(${isNumeric(raw)} AND TRY_CAST(${raw} AS DOUBLE) = ${doubleSql(value)})`
}

/** Also of 1e308, which a plain literal would make a decimal of. */
function doubleSql(value: number): string {
  return `'${String(value)}'::DOUBLE`
}

/** SQL of what a JSON value is, for a reason. */
export function foundSql(json: string, isInteger: boolean): string {
  return `CASE json_type(${json}) WHEN 'NULL' THEN 'null' WHEN 'VARCHAR' THEN 'a text' WHEN 'BOOLEAN' THEN 'a boolean' WHEN 'DOUBLE' THEN 'a fraction or a number beyond 64 bits' WHEN 'OBJECT' THEN 'an object' WHEN 'ARRAY' THEN 'an array' ELSE '${isInteger ? 'another integer' : 'an integer'}' END`
}
