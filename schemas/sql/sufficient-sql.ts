import { isScalar } from '../contract/node.ts'
import type { ContractNode, KindsNode, ObjectNode, ScalarNode, Slot } from '../contract/node.ts'
import { faultSql } from './fault-sql.ts'
import { parsedType } from '../contract/kinds.ts'
import { isSurelyText, needsValue, rawTest, typedTest } from './scalar-tests.ts'
import { lengthRules } from './scalar-sql.ts'
import type { Read } from './parse-spec.ts'
import { ident, list, literal, pointerTo } from './sql-text.ts'

/**
 * A cheap test. If it is true, the event keeps its contract; if it is false or null, `faultSql` decides. It looks at
 * the JSON types of fields and at their values in the parsed event. What neither shows, it reads as raw JSON.
 */
export type SufficientTest = {
  /** Places whose JSON types the test reads as the list `types`. */
  readonly typedPointers: readonly string[]
  /**
   * The shape of the column `leaves`, as `from_json` takes it; its values are raw JSON. Null if the test needs none.
   */
  readonly leafSpec: string | null
  /** SQL over `types`: true for events of which the test reads leaves. */
  readonly readsLeaves: string
  /** The test: SQL over `json`, `types`, `event` and `leaves`. */
  readonly holds: string
}

/** The test of a contract, given by its root. The parsed event holds the fields `read`. */
export function sufficientTest(root: ContractNode, read: Read): SufficientTest {
  const writer = new TestWriter()
  const place = { pointer: '', event: 'event', read, leaf: 'leaves' }
  const { leaves, test } = writer.slot({ node: root, mayBeMissing: false, mayBeNull: false }, place)
  const readsLeaves = writer.leafTypes.map((type) => `${type} IS NOT NULL`).join(' OR ')
  return { typedPointers: writer.typedPointers, leafSpec: specOf(leaves), readsLeaves, holds: test }
}

/** `event` and `leaf` are SQL of the value at `pointer`; the parsed event has it only if there is `read`. */
type Place = {
  readonly pointer: string
  readonly event: string
  readonly read: Read | undefined
  readonly leaf: string
}

/** The leaves that a test reads below a place: none, the place itself, or those of its elements or fields. */
type Leaves = null | 'leaf' | { readonly element: Leaves } | { readonly fields: ReadonlyMap<string, Leaves> }

type Written = { readonly leaves: Leaves; readonly test: string }

class TestWriter {
  readonly typedPointers: string[] = []
  /** The types of places that are read as leaves. */
  readonly leafTypes: string[] = []

  slot(slot: Slot, place: Place): Written {
    const { node } = slot
    switch (node.kind) {
      case 'object':
        return hasPlainNames(node) ? this.#object(slot, node, place) : this.#byFault(slot, place)
      case 'kinds':
        return this.#kinds(slot, node, place)
      case 'array':
        return this.#array(slot, node, place)
      case 'entries':
        return this.#byFault(slot, place)
      default:
        return this.#scalar(slot, node, place)
    }
  }

  #object(slot: Slot, node: ObjectNode, place: Place): Written {
    const isShown = !slot.mayBeMissing && !slot.mayBeNull && hasShowingField(node)
    const type = isShown ? null : this.#typeAt(place.pointer)
    const fields = [...node.fields].map(([name, field]) => ({
      name,
      ...this.slot(field, {
        pointer: `${place.pointer}${pointerTo(name)}`,
        event: `${place.event}.${ident(name)}`,
        read: place.read?.get(name),
        leaf: `${place.leaf}.${ident(name)}`,
      }),
    }))
    const known = list([...node.fields.keys()].map(literal))
    const tests = [
      ...(type === null ? [] : [`${type} = 'OBJECT'`]),
      ...fields.map(({ test }) => test),
      ...(node.isStrict ? [`list_has_all([${known}]::VARCHAR[], json_keys(json, ${literal(place.pointer)}))`] : []),
    ]
    const below = new Map(fields.map(({ name, leaves }) => [name, leaves]))
    const test = type === null ? tests.join(' AND ') : orAbsent(slot, type, tests)
    return { leaves: { fields: below }, test }
  }

  /** The kinds differ in a literal, so at most one of their tests holds. */
  #kinds(slot: Slot, node: KindsNode, place: Place): Written {
    if (!hasPlainNames(node) || !node.kinds.every(hasPlainNames)) return this.#byFault(slot, place)
    const type = this.#typeAt(place.pointer)
    const isThere = { node, mayBeMissing: false, mayBeNull: false }
    const written = node.kinds.map((kind) =>
      this.#object(isThere, kind, { ...place, read: readAs(place.read, node, kind) }),
    )
    const leaves = written.reduce<Leaves | undefined>((all, one) => merged(all, one.leaves), null)
    if (leaves === undefined) return this.#byFault(slot, place)
    const isOfAKind = written.map(({ test }) => `(${test})`).join(' OR ')
    return { leaves, test: orAbsent(slot, type, [`${type} = 'OBJECT'`, `(${isOfAKind})`]) }
  }

  #array(slot: Slot, node: ArrayNode, place: Place): Written {
    const test = textElementTest(node.element, place.read?.element)
    if (test !== null) {
      const type = this.#typeAt(place.pointer)
      return {
        leaves: null,
        test: orAbsent(slot, type, [`${type} = 'ARRAY'`, ...elementTests(node, place.event, test)]),
      }
    }
    const raw = rawElementTest(node.element)
    if (raw === null) return this.#byFault(slot, place)
    const type = this.#leafTypeAt(place.pointer)
    const tests = [`${type} = 'ARRAY'`, ...elementTests(node, place.leaf, raw.test)]
    return { leaves: { element: raw.leaves }, test: orAbsent(slot, type, tests) }
  }

  #scalar(slot: Slot, node: ScalarNode, place: Place): Written {
    if (needsValue(node) && place.read === undefined) return this.#byLeaf(slot, place, rawTest(node, place.leaf))
    const type = this.#typeAt(place.pointer)
    return { leaves: null, test: orAbsent(slot, type, [typedTest(node, type, place.event)]) }
  }

  /** Where neither types nor values tell enough, `faultSql` decides about this part alone. */
  #byFault(slot: Slot, place: Place): Written {
    return this.#byLeaf(slot, place, `(${place.leaf} IS NOT NULL AND (${faultSql(slot, place.leaf, '')}) IS NULL)`)
  }

  #byLeaf({ mayBeMissing, mayBeNull }: Slot, { pointer }: Place, test: string): Written {
    const type = this.#leafTypeAt(pointer)
    const absent = `WHEN ${type} IS NULL THEN ${String(mayBeMissing)} WHEN ${type} = 'NULL' THEN ${String(mayBeNull)}`
    return { leaves: 'leaf', test: `CASE ${absent} ELSE ${test} END` }
  }

  #typeAt(pointer: string): string {
    return `types[${this.typedPointers.push(pointer)}]`
  }

  #leafTypeAt(pointer: string): string {
    const type = this.#typeAt(pointer)
    this.leafTypes.push(type)
    return type
  }
}

type ArrayNode = Extract<ContractNode, { readonly kind: 'array' }>

/** True if a struct can have the fields: the engine's structs ignore the case of names. */
function hasPlainNames({ fields }: ObjectNode | KindsNode): boolean {
  const names = [...fields.keys()]
  return (
    names.every((name) => /^[\w .:@$-]+$/.test(name)) &&
    new Set(names.map((name) => name.toLowerCase())).size === names.length
  )
}

/** True if a field must be there, which shows that its object is one. A pointer with digits may lead into an array. */
function hasShowingField({ fields }: ObjectNode): boolean {
  return [...fields].some(([name, field]) => !field.mayBeMissing && !field.mayBeNull && !/^\d/.test(name))
}

function orAbsent({ mayBeMissing, mayBeNull }: Slot, type: string, tests: readonly string[]): string {
  const alternatives = [
    `(${tests.join(' AND ')})`,
    ...(mayBeMissing ? [`${type} IS NULL`] : []),
    ...(mayBeNull ? [`${type} = 'NULL'`] : []),
  ]
  return alternatives.length === 1 ? tests.join(' AND ') : `(${alternatives.join(' OR ')})`
}

/** `test` is a test of an element `x` of the list `values`. */
function elementTests({ length }: ArrayNode, values: string, test: string): readonly string[] {
  return [
    ...lengthRules(length, `len(${values})`, '').map(({ holds }) => holds),
    `len(list_filter(${values}, lambda x: NOT coalesce(${test}, false))) = 0`,
  ]
}

/**
 * The test of an element `x` of the parsed event, if its fields are texts that the event holds; null otherwise. It
 * needs a required text, which shows that the element is an object: if it is not, all fields are null.
 */
function textElementTest({ node, mayBeNull }: Slot, read: Read | undefined): string | null {
  if (read === undefined || mayBeNull || node.kind !== 'object' || node.isStrict || !hasPlainNames(node)) return null
  const fields = [...node.fields].filter(([, field]) => field.node.kind !== 'any' || !field.mayBeMissing)
  if (fields.every(([, field]) => field.mayBeMissing)) return null
  const tests = fields.map(([name, { node: field, mayBeMissing, mayBeNull: isNullable }]) => {
    if (field.kind !== 'text' || !read.has(name) || mayBeMissing !== isNullable) return null
    const text = `x.${ident(name)}`
    const test = isSurelyText(field, text)
    return mayBeMissing ? `(${text} IS NULL OR ${test})` : test
  })
  return tests.includes(null) ? null : tests.join(' AND ')
}

/** The test of an element `x` that is raw JSON; null if that does not tell enough. */
function rawElementTest({ node, mayBeNull }: Slot): Written | null {
  if (node.kind === 'any') return null
  if (node.kind === 'object') return mayBeNull ? null : objectElementTest(node)
  if (!isScalar(node)) return null
  const test = rawTest(node, 'x')
  return { leaves: 'leaf', test: mayBeNull ? `(x IS NULL OR ${test})` : test }
}

/** Needs a required value, which shows that the element is an object: if it is not, all leaves are null. */
function objectElementTest(node: ObjectNode): Written | null {
  if (node.isStrict || !hasPlainNames(node)) return null
  const fields = new Map<string, Leaves>()
  const tests: string[] = []
  for (const [name, { node: field, mayBeMissing, mayBeNull }] of node.fields) {
    if (!isScalar(field) || mayBeMissing !== mayBeNull) return null
    if (field.kind === 'any') continue
    const leaf = `x.${ident(name)}`
    const test = rawTest(field, leaf)
    fields.set(name, 'leaf')
    tests.push(mayBeNull ? `(${leaf} IS NULL OR ${test})` : test)
  }
  const hasRequired = [...node.fields.values()].some((field) => !field.mayBeMissing && field.node.kind !== 'any')
  return hasRequired ? { leaves: { fields }, test: tests.join(' AND ') } : null
}

/** The fields that the event was parsed for as this kind's rules know them. Others are looked at as leaves. */
function readAs(read: Read | undefined, merged: ContractNode, own: ContractNode): Read | undefined {
  if (read === undefined || read.isRaw === true || !('fields' in merged) || !('fields' in own))
    return isScalar(merged) && isScalar(own) && parsedType(merged) !== parsedType(own) ? undefined : read
  const known: Read = new Map()
  for (const [name, below] of read) {
    const [field, ofKind] = [merged.fields.get(name), own.fields.get(name)]
    const readBelow = field && ofKind && readAs(below, field.node, ofKind.node)
    if (readBelow !== undefined) known.set(name, readBelow)
  }
  return known
}

/** The leaves of both; undefined if no struct can have them, as where one is read as a whole and the other by its parts. */
function merged(one: Leaves | undefined, other: Leaves): Leaves | undefined {
  if (one === null || one === other) return other
  if (one === undefined || other === null) return one
  if (one === 'leaf' || other === 'leaf') return undefined
  if ('element' in one) {
    const element = 'element' in other ? merged(one.element, other.element) : undefined
    return element === undefined ? undefined : { element }
  }
  if ('element' in other) return undefined
  const fields = new Map(one.fields)
  for (const [name, leaves] of other.fields) {
    const both = merged(fields.get(name) ?? null, leaves)
    if (both === undefined) return undefined
    fields.set(name, both)
  }
  // Kinds may have names that differ in case alone, which the engine's structs cannot tell apart.
  const names = [...fields].flatMap(([name, leaves]) => (specOf(leaves) === null ? [] : [name.toLowerCase()]))
  return new Set(names).size === names.length ? { fields } : undefined
}

/** The shape of the leaves as `from_json` takes it; null if there are none. */
function specOf(leaves: Leaves): string | null {
  if (leaves === null) return null
  if (leaves === 'leaf') return '"JSON"'
  if ('element' in leaves) return `[${specOf(leaves.element) ?? '"JSON"'}]`
  const fields = [...leaves.fields].flatMap(([name, below]) => {
    const spec = specOf(below)
    return spec === null ? [] : [`${JSON.stringify(name)}:${spec}`]
  })
  return fields.length === 0 ? null : `{${fields.join(',')}}`
}
