import { isScalar } from './node.ts'
import type { ContractNode, EnumNode, KindsNode, Literal, ObjectNode, ScalarNode, Slot } from './node.ts'

/**
 * Makes one node of the objects of a discriminated union, which differ in the field `by`. Its fields are those that a
 * column can read: of one type in all kinds that have them. Where `isEvent`, an event is parsed as its kind, so that
 * fields of some kinds count too. Elsewhere a field counts if every kind has it: what a kind does not declare is judged
 * by no rule of it. The verdict knows all fields of all kinds.
 */
export function kindsNode(
  by: string,
  kinds: readonly ObjectNode[],
  { path, isEvent }: { readonly path: string; readonly isEvent: boolean },
): KindsNode {
  const literals = kinds.flatMap((kind) => discriminatorOf(kind, by, path).values)
  const twice = literals.find((literal, n) => literals.indexOf(literal) !== n)
  if (twice !== undefined) throw new TypeError(`${path}: two kinds have the ${by} ${JSON.stringify(twice)}`)
  return { kind: 'kinds', by, kinds, fields: mergedFields(kinds, isEvent) }
}

/** The field that says of which kind an object is. It has its literals and is always there. */
export function discriminatorOf({ fields }: ObjectNode, by: string, path: string): EnumNode {
  const slot = fields.get(by)
  if (slot?.node.kind === 'enum' && !slot.mayBeMissing && !slot.mayBeNull) return slot.node
  throw new TypeError(
    `${path}: every kind has a ${by} that is a z.literal() or z.enum(), neither optional nor nullable`,
  )
}

/** With `ofSome`, a field that only some of the objects have counts too. */
function mergedFields(
  objects: readonly { readonly fields: ReadonlyMap<string, Slot> }[],
  ofSome: boolean,
): ReadonlyMap<string, Slot> {
  const names = new Set(objects.flatMap(({ fields }) => [...fields.keys()]))
  return new Map(
    [...names].flatMap((name) => {
      const slots = objects.map(({ fields }) => fields.get(name))
      if (!ofSome && slots.includes(undefined)) return []
      const merged = mergedSlot(slots, ofSome)
      return merged === null ? [] : [[name, merged] as const]
    }),
  )
}

function mergedSlot(slots: readonly (Slot | undefined)[], ofSome: boolean): Slot | null {
  const there = slots.filter((slot) => slot !== undefined)
  const node = mergedNode(
    there.map((slot) => slot.node),
    ofSome,
  )
  if (node === null) return null
  const [standard, ...others] = new Set(slots.map((slot) => slot?.default))
  // An event of a kind that does not declare the field would get the default of another kind.
  if (others.length > 0) return null
  const slot = {
    node,
    mayBeMissing: there.length < slots.length || there.some(({ mayBeMissing }) => mayBeMissing),
    mayBeNull: there.some(({ mayBeNull }) => mayBeNull),
  }
  return standard === undefined ? slot : { ...slot, default: standard }
}

/** A node that the engine parses as it parses each of these; null if it would parse them differently. */
function mergedNode(nodes: readonly ContractNode[], ofSome: boolean): ContractNode | null {
  const [first] = nodes
  if (first === undefined || nodes.length === 1) return first ?? null
  const objects = nodes.filter((node) => node.kind === 'object' || node.kind === 'kinds')
  if (objects.length === nodes.length) return { kind: 'object', fields: mergedFields(objects, ofSome), isStrict: false }
  const arrays = nodes.filter((node) => node.kind === 'array')
  if (arrays.length === nodes.length) {
    const element = mergedSlot(
      arrays.map((array) => array.element),
      ofSome,
    )
    return element && { kind: 'array', element, length: { min: 0, max: Infinity } }
  }
  const entries = nodes.filter((node) => node.kind === 'entries')
  if (entries.length === nodes.length) {
    const value = mergedSlot(
      entries.map((each) => each.value),
      ofSome,
    )
    return value && { kind: 'entries', key: anyText, value }
  }
  const scalars = nodes.filter(isScalar)
  return scalars.length === nodes.length ? mergedScalar(scalars) : null
}

/** The part of a merged node that one of its kinds has: what an event of that kind is parsed as. */
export function partOf(merged: ContractNode, own: ContractNode): ContractNode {
  if ('fields' in merged && 'fields' in own) {
    const fields = [...merged.fields].flatMap(([name, slot]) => {
      const field = own.fields.get(name)
      return field === undefined ? [] : [[name, { ...slot, node: partOf(slot.node, field.node) }] as const]
    })
    return { kind: 'object', fields: new Map(fields), isStrict: false }
  }
  if (merged.kind === 'array' && own.kind === 'array')
    return { ...merged, element: { ...merged.element, node: partOf(merged.element.node, own.element.node) } }
  if (merged.kind === 'entries' && own.kind === 'entries')
    return { ...merged, value: { ...merged.value, node: partOf(merged.value.node, own.value.node) } }
  return merged
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
