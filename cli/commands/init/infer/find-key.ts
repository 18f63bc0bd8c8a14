import { idRank } from './names.ts'
import type { Node, ObjectNode } from './nodes.ts'
import { isAlways } from './shape.ts'
import type { Shape } from './shape.ts'

/** Fields that can be a key: of single values, and in every object. */
function keyFields(node: ObjectNode, shape: Shape): readonly (readonly [string, Node])[] {
  return [...node.fields].filter(([name, field]) => {
    const seen = shape.fields.get(name)
    const isKeyType = field.kind === 'scalar' && /^(VARCHAR|BIGINT|UBIGINT|HUGEINT)$/.test(field.type)
    return isKeyType && seen !== undefined && isAlways(seen, shape) && !node.unread.has(name) && !seen.hasHalves
  })
}

/** The field that identifies what an object is about: one named like an id, of these the one with the most values. */
export function findKey(node: ObjectNode, shape: Shape, except: readonly string[] = []): string | null {
  const candidates = keyFields(node, shape).flatMap(([name]) => {
    const rank = idRank(name)
    const seen = shape.fields.get(name)
    const values = seen === undefined ? 0 : seen.numbers.size + seen.texts.size
    return rank === undefined || except.includes(name) ? [] : [{ name, rank, values }]
  })
  const [best] = candidates.toSorted((a, b) => b.values - a.values || a.rank - b.rank)
  return best?.name ?? null
}

/** How many different values a field has. */
export function valuesOf(shape: Shape, field: string): number {
  const seen = shape.fields.get(field)
  return seen === undefined ? 0 : seen.numbers.size + seen.texts.size
}

/** The field that identifies a nested object: `id`, or one with the name of the object before. */
export function findOwnKey(name: string, node: Node & ObjectNode): string | null {
  const own = ['id', 'uuid', 'guid', 'key', `${name}id`, `${name}uuid`, `${name}key`, `${name}number`]
  const fields = keyFields(node, node.shape).map(([field]) => field)
  return fields.find((field) => own.includes(field.toLowerCase().replaceAll('_', ''))) ?? null
}
