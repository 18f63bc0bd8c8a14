import { z } from 'zod'
import type { $ZodType } from 'zod/v4/core'
import { namesOf } from './path.ts'
import { kindsNode } from './kinds.ts'
import type { ContractNode, Literal, Slot } from './node.ts'
import { numberNode } from './numbers.ts'
import { lengthOf, refuse, requireNoRules, rulesOf, typeOf, unplain } from './rules.ts'
import { isPlainText } from './engine-pattern.ts'
import { textNode } from './texts.ts'

/** The engine takes twice the time to plan a verdict for each level of nesting. */
const depthMax = 10

/** The name of the event itself in reasons of rejection. No field has it. */
export const eventName = 'the event'

/**
 * Reads a zod contract. Throws a TypeError that names the place, the rule and what to write instead, for a rule that
 * SQL cannot hold exactly. Every rule that is not refused here is part of the verdict.
 */
export function contractNode(contract: $ZodType): ContractNode {
  const { node, mayBeNull } = slotOf(contract, eventName, 1)
  if (!('fields' in node) || mayBeNull)
    throw new TypeError(`${eventName}: a contract is a z.object(), or a z.discriminatedUnion() of them`)
  return node
}

/** The slots on the way along a path below an object; undefined from where there are none. A path crosses no array. */
export function slotsOn(root: ContractNode, path: string): readonly (Slot | undefined)[] {
  let slot: Slot | undefined = { node: root, mayBeMissing: false, mayBeNull: false }
  return namesOf(path).map(
    (name) => (slot = slot !== undefined && 'fields' in slot.node ? slot.node.fields.get(name) : undefined),
  )
}

/** The slot at the end of a path below an object, or undefined. */
export function slotAt(root: ContractNode, path: string): Slot | undefined {
  return slotsOn(root, path).at(-1)
}

/** The node at the end of a path below an object, or undefined. */
export function nodeAt(root: ContractNode, path: string): ContractNode | undefined {
  return slotAt(root, path)?.node
}

function slotOf(schema: $ZodType, path: string, depth: number): Slot {
  if (depth > depthMax)
    throw new TypeError(
      `${path}: nested deeper than ${depthMax} levels, or contains itself: write z.unknown() for what is below`,
    )
  const node = nodeOf(withoutWrappers(schema, path), path, depth)
  // Wrappers nest in any order, so zod itself is asked what they mean together.
  const missing = z.object({ field: schema }).safeParse({})
  const slot = { node, mayBeMissing: missing.success, mayBeNull: z.safeParse(schema, null).success }
  const value = missing.success ? missing.data.field : undefined
  return value === undefined ? slot : { ...slot, default: defaultOf({ schema, path, value, slot }) }
}

function withoutWrappers(schema: $ZodType, path: string): $ZodType {
  const { def } = typeOf(schema, path)
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
      requireNoRules(def, path)
      return withoutWrappers(def.innerType, path)
    default:
      return schema
  }
}

type Default = {
  readonly schema: $ZodType
  readonly path: string
  readonly value: unknown
  readonly slot: Pick<Slot, 'node' | 'mayBeNull'>
}

/** JavaScript's clock counts whole milliseconds, so a default that is made of the time changes within two. */
const defaultChangesMs = 2

function defaultOf({ schema, path, value, slot }: Default): Literal {
  if (!isLiteral(value)) throw new TypeError(`${path}: only a plain text, a number or a boolean can be a default`)
  if (!z.safeParse(withoutWrappers(schema, path), value).success)
    throw new TypeError(`${path}: its default, ${JSON.stringify(value)}, breaks its own rules`)
  // Wait, so that a default that is made of the time changes.
  const asked = performance.now()
  while (performance.now() < asked + defaultChangesMs);
  if (z.object({ field: schema }).parse({}).field !== value)
    throw new TypeError(`${path}: its default changes from call to call: write a constant`)
  if (slot.mayBeNull)
    throw new TypeError(`${path}: a field with a default cannot be null as well: write nullish() or default()`)
  return value
}

function nodeOf(schema: $ZodType, path: string, depth: number): ContractNode {
  const { def } = typeOf(schema, path)
  switch (def.type) {
    case 'object': {
      requireNoRules(def, path)
      return { kind: 'object', fields: fieldsOf(def.shape, path, depth), isStrict: isStrict(def.catchall, path) }
    }
    case 'union': {
      if (!isDiscriminated(def)) return refuse(path, 'union')
      requireNoRules(def, path)
      const kinds = def.options.map((option) => nodeOf(option, path, depth))
      const objects = kinds.filter((kind) => kind.kind === 'object')
      if (objects.length < kinds.length) return refuse(path, 'discriminatedUnion')
      return kindsNode(def.discriminator, objects, { path, isEvent: path === eventName })
    }
    case 'array':
      return {
        kind: 'array',
        element: slotOf(def.element, `${path}[]`, depth + 1),
        length: lengthOf(rulesOf(def), path),
      }
    case 'record': {
      requireNoRules(def, path)
      if (def.mode === 'loose') return refuse(path, 'looseRecord')
      const key = nodeOf(def.keyType, `${path}, its keys`, depth)
      if (key.kind !== 'text') return refuse(path, 'record')
      return { kind: 'entries', key, value: slotOf(def.valueType, `${path}.*`, depth + 1) }
    }
    case 'string':
      return textNode(def, path)
    case 'number':
      return numberNode(def, path)
    case 'enum':
      requireNoRules(def, path)
      return { kind: 'enum', values: literals(Object.values(def.entries), path) }
    case 'literal':
      requireNoRules(def, path)
      return { kind: 'enum', values: literals(def.values, path) }
    case 'boolean':
      requireNoRules(def, path)
      return { kind: 'boolean' }
    case 'any':
    case 'unknown':
      requireNoRules(def, path)
      return { kind: 'any' }
    default:
      return refuse(path, def.type)
  }
}

/** A fallback would let what is of no kind be any of them. */
function isDiscriminated(def: object): def is { readonly discriminator: string } {
  return (
    'discriminator' in def &&
    typeof def.discriminator === 'string' &&
    !('unionFallback' in def && def.unionFallback === true)
  )
}

function fieldsOf(shape: Readonly<Record<string, $ZodType>>, path: string, depth: number): ReadonlyMap<string, Slot> {
  for (const name of Object.keys(shape)) {
    // If such a field is missing, zod reads it from the prototype; it skips __proto__.
    if (name in Object.prototype)
      throw new TypeError(`${path}: a field cannot be named ${name}, which every object of JavaScript has`)
    if (!isPlainText(name)) throw new TypeError(`${path}: a field's name: ${unplain}`)
  }
  return new Map(
    Object.entries(shape).map(([name, field]) => [
      name,
      slotOf(field, path === eventName ? name : `${path}.${name}`, depth + 1),
    ]),
  )
}

function isStrict(rest: $ZodType | undefined, path: string): boolean {
  const type = rest === undefined ? undefined : typeOf(rest, path).def.type
  if (type !== undefined && type !== 'never' && type !== 'unknown' && type !== 'any') return refuse(path, 'catchall')
  if (rest !== undefined) requireNoRules(typeOf(rest, path).def, path)
  return type === 'never'
}

function literals(values: readonly unknown[], path: string): readonly Literal[] {
  const known = values.filter(isLiteral)
  if (known.length === 0 || known.length < values.length) return refuse(path, 'literal')
  return known
}

function isLiteral(value: unknown): value is Literal {
  if (typeof value === 'string') return isPlainText(value)
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}
