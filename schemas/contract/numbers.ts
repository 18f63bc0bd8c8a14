import type { $ZodNumberDef, $ZodTypeDef } from 'zod/v4/core'
import type { Bound, IntegerNode, NumberNode } from './node.ts'
import { refuse, rulesOf } from './rules.ts'
import type { Rule } from './rules.ts'

/** The ranges of zod's number formats. */
const formats: Readonly<Record<string, { readonly isInteger: boolean; readonly min: number; readonly max: number }>> = {
  safeint: { isInteger: true, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
  int32: { isInteger: true, min: -2_147_483_648, max: 2_147_483_647 },
  uint32: { isInteger: true, min: 0, max: 4_294_967_295 },
  float32: { isInteger: false, min: -3.4028234663852886e38, max: 3.4028234663852886e38 },
  float64: { isInteger: false, min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
}

/**
 * Returns an integer node if one of the rules asks for integers, else a number node. Like zod's, our integers are safe
 * ones.
 */
export function numberNode(def: $ZodNumberDef & $ZodTypeDef, path: string): IntegerNode | NumberNode {
  if (def.coerce === true) return refuse(path, 'coerce')
  const rules = rulesOf(def)
  const bounds = rules.flatMap((rule) => boundsOf(rule, path))
  const multiplesOf = rules.flatMap((rule) => (rule.check === 'multiple_of' ? [numberOf(rule.value, path)] : []))
  if (!rules.some((rule) => rule.check === 'number_format' && formats[rule.format]?.isInteger === true))
    return { kind: 'number', bounds, multiplesOf }
  const min = Math.max(Number.MIN_SAFE_INTEGER, ...bounds.map(leastInteger))
  const max = Math.min(Number.MAX_SAFE_INTEGER, ...bounds.map(greatestInteger))
  if (min > max) throw new TypeError(`${path}: no integer lies within its bounds`)
  return { kind: 'integer', min, max, multiplesOf }
}

function boundsOf(rule: Rule, path: string): readonly Bound[] {
  switch (rule.check) {
    case 'greater_than':
      return [{ operator: rule.inclusive ? '>=' : '>', value: numberOf(rule.value, path) }]
    case 'less_than':
      return [{ operator: rule.inclusive ? '<=' : '<', value: numberOf(rule.value, path) }]
    case 'number_format': {
      const format = formats[rule.format]
      if (format === undefined) return refuse(path, rule.format)
      return [
        { operator: '>=', value: format.min },
        { operator: '<=', value: format.max },
      ]
    }
    case 'multiple_of':
      return []
    default:
      return refuse(path, rule.check)
  }
}

function numberOf(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new TypeError(`${path}: a bound of a number is a finite number`)
}

function leastInteger({ operator, value }: Bound): number {
  if (operator === '>=') return Math.ceil(value)
  return operator === '>' ? Math.floor(value) + 1 : -Infinity
}

function greatestInteger({ operator, value }: Bound): number {
  if (operator === '<=') return Math.floor(value)
  return operator === '<' ? Math.ceil(value) - 1 : Infinity
}
