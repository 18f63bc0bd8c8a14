import { snakeCase } from './names.ts'
import type { Node } from './nodes.ts'
import { pathOf } from './paths.ts'
import { isPlainText } from '../../../../schemas/contract/engine-pattern.ts'
import { Shape } from './shape.ts'
import type { WrittenObject } from './written-json.ts'

/** Events of several kinds on one topic. */
export type Kinds = {
  /** The field that tells them apart. */
  readonly by: string
  /** By value of that field, the most frequent first, what its events look like. */
  readonly shapes: ReadonlyMap<string, Shape>
}

const kindName = /(^|_)(type|kind|event|op|operation|action|name|category|class|topic|subject)$/
const [kindsMax, eventsMin] = [20, 2]
/** At least so many of the fields that some events lack are explained by the kind, and at least this part of them. */
const [explainedMin, explainedPart] = [2, 0.75]

/** The text field that splits the events into groups of clearly different fields; null if none does. */
export function findKinds(root: Node, events: readonly WrittenObject[]): Kinds | null {
  const all = root.shape
  const sometimes = [...presenceOf(root, all)].filter(([, count]) => count < all.count).map(([path]) => path)
  if (sometimes.length < explainedMin) return null
  for (const by of candidatesOf(all)) {
    const shapes = shapesBy(by, events)
    const presences = [...shapes.values()].map((shape) => ({ count: shape.count, of: presenceOf(root, shape) }))
    const isExplained = (path: string): boolean =>
      presences.every(({ count, of }) => [0, count].includes(of.get(path) ?? 0))
    const explained = sometimes.filter(isExplained).length
    if (explained >= explainedMin && explained >= sometimes.length * explainedPart) return { by, shapes }
  }
  return null
}

function candidatesOf({ fields, count }: Shape): readonly string[] {
  return [...fields]
    .filter(([name, { texts, count: seen, nulls, numbers, booleans, objects, arrays }]) => {
      const isText = nulls + numbers.size + booleans + objects + arrays === 0 && seen === count
      const values = [...texts]
      return (
        isText &&
        kindName.test(snakeCase(name)) &&
        isPlainText(name) &&
        !(name in Object.prototype) &&
        values.length > 1 &&
        values.length <= kindsMax &&
        values.every(([value, times]) => times >= eventsMin && isPlainText(value))
      )
    })
    .map(([name]) => name)
}

function shapesBy(by: string, events: readonly WrittenObject[]): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>()
  for (const event of events) {
    const value = event[`s${by}`]
    const kind = typeof value === 'string' ? value.slice(1) : ''
    const shape = shapes.get(kind) ?? new Shape()
    shapes.set(kind, shape)
    shape.add(event)
  }
  return new Map([...shapes].toSorted(([, a], [, b]) => b.count - a.count))
}

/** By path, how many events have the field. What lies in arrays and maps does not count. */
function presenceOf(node: Node, seen: Shape, names: readonly string[] = []): ReadonlyMap<string, number> {
  if (node.kind !== 'object') return new Map()
  return new Map(
    [...node.fields].flatMap(([name, field]) => {
      const [path, here] = [[...names, name], seen.fields.get(name)]
      return here === undefined ? [] : [[pathOf(path), here.count] as const, ...presenceOf(field, here, path)]
    }),
  )
}
