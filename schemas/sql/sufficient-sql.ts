import { isScalar } from '../contract/contract.ts'
import type { ContractNode, ScalarNode, Slot } from '../contract/contract.ts'
import { faultSql, pointerTo } from './fault-sql.ts'
import { lengthRules, scalarRules } from './scalar-sql.ts'
import { ident, list, literal } from './sql-text.ts'

/**
 * A test that is cheap and sufficient: where it is true the event keeps its contract. It reads the event twice, once for the
 * types of what may be absent and once for the raw JSON of all values at once. Where it is false or null, `faultSql` decides.
 */
export type SufficientTest = {
  /** Places whose JSON types the test needs, as one list, the column `types`; the root is the first. */
  readonly typedPointers: readonly string[]
  /** The shape, as `from_json` takes it, whose values are raw JSON: the column `leaves`. Null where the test needs none. */
  readonly leafSpec: string | null
  /** SQL over `json`, `types` and `leaves`. */
  readonly holds: string
}

/** Of a contract's root. */
export function sufficientTest(root: ContractNode): SufficientTest {
  const writer = new TestWriter()
  const { spec, test } = writer.slot({ node: root, mayBeMissing: false, mayBeNull: false }, '', 'leaves')
  return { typedPointers: writer.typedPointers, leafSpec: spec, holds: test }
}

/** `spec` is the part of the leaf spec, null where the test needs no value from it. */
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

  /** What raw values do not tell is told by the careful test, of this part alone. */
  #byFault(slot: Slot, pointer: string, leaf: string): Written {
    return this.#value(slot, pointer, leaf, `(${faultSql(slot, leaf, '')}) IS NULL`)
  }

  /** `test` is of a value that is there: a null and a missing field have the same leaf, null. */
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

/** The engine's structs tell no two fields apart that differ in case alone. */
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

/** The test of an element `x`, or null where its raw values do not tell enough. */
function elementTest({ node, mayBeNull }: Slot): { readonly spec: string; readonly test: string } | null {
  if (node.kind === 'any') return null
  if (node.kind === 'object') return mayBeNull ? null : objectElementTest(node)
  if (!isScalar(node)) return null
  const test = acceptsScalar(node, 'x')
  return { spec: '"JSON"', test: mayBeNull ? `(x IS NULL OR ${test})` : test }
}

/** A required value shows that the element is an object: the values of another are all null. */
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
  // As JSON.stringify writes them; another way to write the same value is for the careful test.
  if (node.kind === 'enum')
    return `${leaf}::VARCHAR IN (${list(node.values.map((value) => literal(JSON.stringify(value))))})`
  const { type, rest } = scalarRules(node, leaf)
  return `(${[type, ...rest].map(({ holds }) => holds).join(' AND ')})`
}
