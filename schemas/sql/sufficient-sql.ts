import { isScalar } from '../contract/contract.ts'
import type { ContractNode, ScalarNode, Slot } from '../contract/contract.ts'
import { faultSql, pointerTo } from './fault-sql.ts'
import { lengthRules, scalarRules } from './scalar-sql.ts'
import { ident, list, literal } from './sql-text.ts'

/**
 * A cheap test. If it is true, the event keeps its contract; if it is false or null, `faultSql` decides. It parses the
 * event twice: once for the JSON types of fields that may be absent, once for the raw JSON of all values.
 */
export type SufficientTest = {
  /** Places whose JSON types the test reads as the list `types`; the root is the first. */
  readonly typedPointers: readonly string[]
  /**
   * The shape of the column `leaves`, as `from_json` takes it; its values are raw JSON. Null if the test needs none.
   */
  readonly leafSpec: string | null
  /** The test: SQL over `json`, `types` and `leaves`. */
  readonly holds: string
}

/** The test of a contract, given by its root. */
export function sufficientTest(root: ContractNode): SufficientTest {
  const writer = new TestWriter()
  const { spec, test } = writer.slot({ node: root, mayBeMissing: false, mayBeNull: false }, '', 'leaves')
  return { typedPointers: writer.typedPointers, leafSpec: spec, holds: test }
}

/** `spec` is the part of the leaf spec for a place; null if the test needs no value of it. */
type Written = { readonly spec: string | null; readonly test: string }

class TestWriter {
  readonly typedPointers: string[] = []

  slot(slot: Slot, pointer: string, leaf: string): Written {
    const { node } = slot
    switch (node.kind) {
      case 'object':
        return hasPlainNames(node) ? this.#object(slot, node, pointer, leaf) : this.#byFault(slot, pointer, leaf)
      case 'array': {
        const element = elementTest(node.element)
        if (element === null) return this.#byFault(slot, pointer, leaf)
        const type = this.#typeAt(pointer)
        const tests = [
          `${type} = 'ARRAY'`,
          ...lengthRules(node.length, `len(${leaf})`, '').map(({ holds }) => holds),
          `len(list_filter(${leaf}, lambda x: NOT coalesce(${element.test}, false))) = 0`,
        ]
        return { spec: `[${element.spec}]`, test: orAbsent(slot, type, tests) }
      }
      case 'entries':
        return this.#byFault(slot, pointer, leaf)
      default:
        return this.#scalar(slot, node, pointer, leaf)
    }
  }

  #object(slot: Slot, node: ObjectNode, pointer: string, leaf: string): Written {
    const type = this.#typeAt(pointer)
    const fields = [...node.fields].map(([name, field]) => ({
      name,
      ...this.slot(field, `${pointer}${pointerTo(name)}`, `${leaf}.${ident(name)}`),
    }))
    const known = list([...node.fields.keys()].map(literal))
    const tests = [
      `${type} = 'OBJECT'`,
      ...fields.map(({ test }) => test),
      ...(node.isStrict ? [`list_has_all([${known}]::VARCHAR[], json_keys(json, ${literal(pointer)}))`] : []),
    ]
    const specs = fields.flatMap(({ name, spec }) => (spec === null ? [] : [`${JSON.stringify(name)}:${spec}`]))
    return { spec: specs.length === 0 ? null : `{${specs.join(',')}}`, test: orAbsent(slot, type, tests) }
  }

  #scalar(slot: Slot, node: ScalarNode, pointer: string, leaf: string): Written {
    if (node.kind !== 'any') return this.#value(slot, pointer, leaf, acceptsScalar(node, leaf))
    return { spec: null, test: slot.mayBeMissing ? 'true' : `${this.#typeAt(pointer)} IS NOT NULL` }
  }

  /** Where raw values do not tell enough, `faultSql` decides about this part alone. */
  #byFault(slot: Slot, pointer: string, leaf: string): Written {
    return this.#value(slot, pointer, leaf, `(${faultSql(slot, leaf, '')}) IS NULL`)
  }

  /** `test` is for a value that is there. A null and a missing field both have the leaf null. */
  #value({ mayBeMissing, mayBeNull }: Slot, pointer: string, leaf: string, test: string): Written {
    const spec = '"JSON"'
    if (!mayBeMissing && !mayBeNull) return { spec, test: `(${leaf} IS NOT NULL AND ${test})` }
    if (mayBeMissing && mayBeNull) return { spec, test: `(${leaf} IS NULL OR ${test})` }
    const type = this.#typeAt(pointer)
    const isAbsent = mayBeNull ? `${type} = 'NULL'` : `${type} IS NULL`
    return { spec, test: `CASE WHEN ${leaf} IS NULL THEN ${isAbsent} ELSE ${test} END` }
  }

  #typeAt(pointer: string): string {
    return `types[${this.typedPointers.push(pointer)}]`
  }
}

type ObjectNode = Extract<ContractNode, { readonly kind: 'object' }>

/** True if a struct can have the fields: the engine's structs ignore the case of names. */
function hasPlainNames({ fields }: ObjectNode): boolean {
  const names = [...fields.keys()]
  return (
    names.every((name) => /^\w+$/.test(name)) && new Set(names.map((name) => name.toLowerCase())).size === names.length
  )
}

function orAbsent({ mayBeMissing, mayBeNull }: Slot, type: string, tests: readonly string[]): string {
  const alternatives = [
    `(${tests.join(' AND ')})`,
    ...(mayBeMissing ? [`${type} IS NULL`] : []),
    ...(mayBeNull ? [`${type} = 'NULL'`] : []),
  ]
  return `(${alternatives.join(' OR ')})`
}

/** The test of an element `x`; null if its raw values do not tell enough. */
function elementTest({ node, mayBeNull }: Slot): { readonly spec: string; readonly test: string } | null {
  if (node.kind === 'any') return null
  if (node.kind === 'object') return mayBeNull ? null : objectElementTest(node)
  if (!isScalar(node)) return null
  const test = acceptsScalar(node, 'x')
  return { spec: '"JSON"', test: mayBeNull ? `(x IS NULL OR ${test})` : test }
}

/** Needs a required value, which shows that the element is an object: if it is not, all leaves are null. */
function objectElementTest(node: ObjectNode): { readonly spec: string; readonly test: string } | null {
  if (node.isStrict || !hasPlainNames(node)) return null
  const specs: string[] = []
  const tests: string[] = []
  for (const [name, { node: field, mayBeMissing, mayBeNull }] of node.fields) {
    if (!isScalar(field) || mayBeMissing !== mayBeNull) return null
    if (field.kind === 'any') continue
    const leaf = `x.${ident(name)}`
    const test = acceptsScalar(field, leaf)
    specs.push(`${JSON.stringify(name)}:"JSON"`)
    tests.push(mayBeNull ? `(${leaf} IS NULL OR ${test})` : test)
  }
  const hasRequired = [...node.fields.values()].some((field) => !field.mayBeMissing && field.node.kind !== 'any')
  return hasRequired ? { spec: `{${specs.join(',')}}`, test: tests.join(' AND ') } : null
}

function acceptsScalar(node: ScalarNode, leaf: string): string {
  // As JSON.stringify writes the values. If they are written in another way, `faultSql` decides.
  if (node.kind === 'enum')
    return `${leaf}::VARCHAR IN (${list(node.values.map((value) => literal(JSON.stringify(value))))})`
  const { type, rest } = scalarRules(node, leaf)
  return `(${[type, ...rest].map(({ holds }) => holds).join(' AND ')})`
}
