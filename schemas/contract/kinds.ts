import { isScalar } from './node.ts'
import type { ContractNode, EnumNode, KindsNode, Literal, ObjectNode, ScalarNode, Slot } from './node.ts'

/**
 * Makes one node of the objects of a discriminated union, which differ in the field `by`. Its fields are those of all
 * kinds. A field whose kinds no single column could hold is left out of them; the verdict knows it nevertheless.
 */
export function kindsNode(by: string, kinds: readonly ObjectNode[], path: string): KindsNode {
  const literals = kinds.flatMap((kind) => discriminatorOf(kind, by, path).values)
  const twice = literals.find((literal, n) => literals.indexOf(literal) !== n)
  if (twice !== undefined) throw new TypeError(`${path}: two kinds have the ${by} ${JSON.stringify(twice)}`)
  return { kind: 'kinds', by, kinds, fields: mergedFields(kinds, path) }
}

/** The field that says of which kind an object is. It has its literals and is always there. */
export function discriminatorOf({ fields }: ObjectNode, by: string, path: string): EnumNode {
  const slot = fields.get(by)
  if (slot?.node.kind === 'enum' && !slot.mayBeMissing && !slot.mayBeNull) return slot.node
  throw new TypeError(
    `${path}: every kind has a ${by} that is a z.literal() or z.enum(), neither optional nor nullable`,
  )
}

function mergedFields(
  objects: readonly { readonly fields: ReadonlyMap<string, Slot> }[],
  path: string,
): ReadonlyMap<string, Slot> {
  const names = new Set(objects.flatMap(({ fields }) => [...fields.keys()]))
  return new Map(
    [...names].flatMap((name) => {
      const slots = objects.map(({ fields }) => fields.get(name))
      const merged = mergedSlot(slots, `${path}.${name}`)
      return merged === null ? [] : [[name, merged] as const]
    }),
  )
}

function mergedSlot(slots: readonly (Slot | undefined)[], path: string): Slot | null {
  const there = slots.filter((slot) => slot !== undefined)
  const node = mergedNode(
    there.map((slot) => slot.node),
    path,
  )
  if (node === null) return null
  const [standard, ...others] = new Set(slots.map((slot) => slot?.default))
  if (others.length > 0) throw new TypeError(`${path}: a default is the same in every kind, or in none`)
  const slot = {
    node,
    mayBeMissing: there.length < slots.length || there.some(({ mayBeMissing }) => mayBeMissing),
    mayBeNull: there.some(({ mayBeNull }) => mayBeNull),
  }
  return standard === undefined ? slot : { ...slot, default: standard }
}

/** A node that the engine parses as it parses each of these; null if it would parse them differently. */
function mergedNode(nodes: readonly ContractNode[], path: string): ContractNode | null {
  const [first] = nodes
  if (first === undefined || nodes.length === 1) return first ?? null
  const objects = nodes.filter((node) => node.kind === 'object' || node.kind === 'kinds')
  if (objects.length === nodes.length) return { kind: 'object', fields: mergedFields(objects, path), isStrict: false }
  const arrays = nodes.filter((node) => node.kind === 'array')
  if (arrays.length === nodes.length) {
    const element = mergedSlot(
      arrays.map((array) => array.element),
      `${path}[]`,
    )
    return element && { kind: 'array', element, length: { min: 0, max: Infinity } }
  }
  const entries = nodes.filter((node) => node.kind === 'entries')
  if (entries.length === nodes.length) {
    const value = mergedSlot(
      entries.map((each) => each.value),
      `${path}.*`,
    )
    return value && { kind: 'entries', key: anyText, value }
  }
  const scalars = nodes.filter(isScalar)
  return scalars.length === nodes.length ? mergedScalar(scalars) : null
}

const anyText = { kind: 'text', length: { min: 0, max: Infinity }, tests: [] } as const

function mergedScalar(nodes: readonly ScalarNode[]): ScalarNode | null {
  const enums = nodes.filter((node) => node.kind === 'enum')
  if (enums.length === nodes.length)
    return { kind: 'enum', values: [...new Set(enums.flatMap(({ values }) => values))] }
  const [type, ...others] = new Set(nodes.map(parsedType))
  if (type === undefined || others.length > 0) return null
  switch (type) {
    case 'BIGINT': {
      const ranges = nodes.map(rangeOf)
      const min = Math.min(...ranges.map((range) => range.min))
      return { kind: 'integer', min, max: Math.max(...ranges.map((range) => range.max)), multiplesOf: [] }
    }
    case 'DOUBLE':
      return { kind: 'number', bounds: [], multiplesOf: [] }
    case 'VARCHAR':
      return anyText
    case 'BOOLEAN':
      return { kind: 'boolean' }
    case 'JSON':
      return { kind: 'any' }
  }
}

function rangeOf(node: ScalarNode): { readonly min: number; readonly max: number } {
  if (node.kind === 'integer') return node
  const numbers = node.kind === 'enum' ? node.values.map(Number) : []
  return { min: Math.min(...numbers), max: Math.max(...numbers) }
}

/** The type that the engine parses a value as, before any column reads it. */
export type ParsedType = 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'BOOLEAN' | 'JSON'

export function parsedType(node: ScalarNode): ParsedType {
  switch (node.kind) {
    case 'integer':
      return 'BIGINT'
    case 'number':
      return 'DOUBLE'
    case 'boolean':
      return 'BOOLEAN'
    case 'text':
      return 'VARCHAR'
    case 'any':
      return 'JSON'
    case 'enum':
      return enumType(node.values)
  }
}

/** The type that holds all values of an enum; JSON if none does. */
function enumType(values: readonly Literal[]): ParsedType {
  const [type, ...others] = new Set(values.map((value) => typeof value))
  if (others.length > 0) return 'JSON'
  switch (type) {
    case 'string':
      return 'VARCHAR'
    case 'boolean':
      return 'BOOLEAN'
    default:
      return values.every((value) => Number.isSafeInteger(value)) ? 'BIGINT' : 'DOUBLE'
  }
}
