import { isPlainText } from '../../../../schemas/contract/engine-pattern.ts'
import { scalarOf } from './scalars.ts'
import type { Scalar } from './scalars.ts'
import { Shape } from './shape.ts'

/** A place of the event, as contract and tables take it. */
export type Node = { readonly shape: Shape } & (
  | Scalar
  | ObjectNode
  /** An object whose names are data. */
  | { readonly kind: 'map'; readonly value: Node }
  | { readonly kind: 'array'; readonly element: Node }
  /** Whatever is there. */
  | { readonly kind: 'any'; readonly note: string }
)

export type ObjectNode = {
  readonly kind: 'object'
  readonly fields: ReadonlyMap<string, Node>
  /** Fields that the contract cannot name, which z.object() lets pass. */
  readonly unnamed: readonly string[]
  /** Fields that no column can read beside another one, or at all. */
  readonly unread: ReadonlySet<string>
}

/** Planning a verdict takes the engine twice the time for each level. */
const depthMax = 6
/** An object of more fields is taken as it is. */
const fieldsMax = 300

export function nodeOf(name: string, shape: Shape, depth = 1): Node {
  const { booleans, numbers, texts, objects, arrays } = shape
  const scalar = scalarOf(name, shape)
  if (scalar !== null) return { ...scalar, shape }
  const others = booleans + numbers.size + texts.size
  if (others === 0 && objects === 0 && arrays === 0)
    return {
      kind: 'any',
      shape,
      note: `${shape.count > 0 ? 'Always null' : 'Always empty'} in the sample, so that its type is unknown.`,
    }
  if (others > 0 || (objects > 0 && arrays > 0))
    return { kind: 'any', shape, note: `Of several types in the sample: ${typesOf(shape).join(', ')}.` }
  if (depth > depthMax) return { kind: 'any', shape, note: 'Nested too deeply for columns of its own.' }
  if (arrays > 0) return { kind: 'array', shape, element: nodeOf(name, shape.element ?? new Shape(), depth + 1) }
  return objectOf(name, shape, depth)
}

function objectOf(name: string, shape: Shape, depth: number): Node {
  const value = depth > 1 && looksLikeMap(shape) ? valueOf(shape) : null
  if (value !== null) return { kind: 'map', shape, value: nodeOf(name, value, depth + 1) }
  if (depth > 1 && shape.fields.size === 0) return { kind: 'any', shape, note: 'Always an empty object in the sample.' }
  if (depth > 1 && shape.fields.size > fieldsMax)
    return { kind: 'any', shape, note: `An object with ${shape.fields.size} different fields in the sample.` }
  const fields = new Map<string, Node>()
  const unread = new Set<string>()
  const lowerCase = new Set<string>()
  // A field that is missing in zod's eyes is read from the prototype, so that such a name is refused.
  const unnamed = [...shape.fields.keys()].filter((field) => field in Object.prototype || !isPlainText(field))
  for (const [field, found] of shape.fields) {
    if (unnamed.includes(field)) continue
    fields.set(field, nodeOf(field, found, depth + 1))
    if (field === '' || lowerCase.has(field.toLowerCase())) unread.add(field)
    lowerCase.add(field.toLowerCase())
  }
  return { kind: 'object', shape, fields, unnamed, unread }
}

const [mapKeysMin, mapSparseness] = [8, 3]
const dataLike = /^(\d.*|[0-9a-f]{8}-[0-9a-f-]{27})$/i

/** Its names look like data, or there are many, of which each object has few. */
function looksLikeMap({ fields, objects }: Shape): boolean {
  const names = [...fields.keys()]
  if (names.length === 0) return false
  if (names.every((name) => dataLike.test(name))) return true
  const perObject = [...fields.values()].reduce((sum, { count }) => sum + count, 0) / objects
  return names.length > mapKeysMin && names.length > perObject * mapSparseness
}

/** All values of a map together; null if they are of several types, which are then rather fields. */
function valueOf({ fields }: Shape): Shape | null {
  const value = new Shape()
  for (const field of fields.values()) value.merge(field)
  return typesOf(value).filter((type) => type !== 'null').length === 1 ? value : null
}

function typesOf({ nulls, booleans, numbers, texts, objects, arrays }: Shape): readonly string[] {
  const counts = {
    null: nulls,
    boolean: booleans,
    number: numbers.size,
    text: texts.size,
    object: objects,
    array: arrays,
  }
  return Object.entries(counts).flatMap(([type, count]) => (count > 0 ? [type] : []))
}
