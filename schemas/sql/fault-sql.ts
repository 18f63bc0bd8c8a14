import { eventName } from '../contract/contract.ts'
import type { ContractNode, EntriesNode, EnumNode, KindsNode, Slot } from '../contract/node.ts'
import { discriminatorOf } from '../contract/kinds.ts'
import { foundSql, lengthRules, scalarRules } from './scalar-sql.ts'
import type { Rule } from './scalar-sql.ts'
import { list, literal, pointerTo } from './sql-text.ts'

/**
 * SQL of the first fault of a value, as a sentence that names its place and the rule; null if it keeps its contract.
 * `json` is SQL of the value, null if the field is missing. This is what the verdict means. It parses each object anew,
 * so a cheaper test accepts most events first.
 */
export function faultSql({ node, mayBeMissing, mayBeNull }: Slot, json: string, name: string): string {
  return new FaultWriter().slot({ node, mayBeMissing, mayBeNull }, json, name)
}

/** Names of lambda parameters must differ within an expression. */
class FaultWriter {
  #count = 0

  slot({ node, mayBeMissing, mayBeNull }: Slot, json: string, name: string): string {
    const expected = `${name}: expected ${describe(node)}`
    const tests = [
      `WHEN ${json} IS NULL THEN ${mayBeMissing ? 'NULL' : literal(`${name}: missing`)}`,
      ...(mayBeNull ? [`WHEN ${json}::VARCHAR = 'null' THEN NULL`] : []),
      `WHEN NOT coalesce(${this.#isOfType(node, json)}, false) THEN ${literal(`${expected}, got `)} || ${foundSql(json, node.kind === 'integer')}`,
      ...this.#rules(node, json).map(
        ({ holds, says }) => `WHEN NOT coalesce(${holds}, false) THEN ${literal(`${name}: expected ${says}`)}`,
      ),
    ]
    return `CASE ${tests.join(' ')} ELSE ${this.#below(node, json, name)} END`
  }

  #isOfType(node: ContractNode, json: string): string {
    switch (node.kind) {
      case 'object':
      case 'kinds':
      case 'entries':
        return `starts_with(${json}::VARCHAR, '{')`
      case 'array':
        return `starts_with(${json}::VARCHAR, '[')`
      default:
        return scalarRules(node, json).type.holds
    }
  }

  #rules(node: ContractNode, json: string): readonly Rule[] {
    switch (node.kind) {
      case 'object':
      case 'kinds':
      case 'entries':
        return []
      case 'array':
        return lengthRules(node.length, `json_array_length(${json})`, 'element')
      default:
        return scalarRules(node, json).rest
    }
  }

  #below(node: ContractNode, json: string, name: string): string {
    switch (node.kind) {
      case 'object': {
        const parts = [
          ...this.#fields(node.fields, json, name),
          ...(node.isStrict ? [this.#unknown(node, json, name)] : []),
        ]
        return parts.length === 0 ? 'NULL' : `coalesce(${list([...parts, 'NULL'])})`
      }
      case 'kinds':
        return this.#kind(node, json, name)
      case 'array': {
        const each = this.#name()
        return first(`json_extract(${json}, '$[*]')`, each, this.slot(node.element, each, `${name}[]`))
      }
      case 'entries':
        return this.#entries(node, json, name)
      default:
        return 'NULL'
    }
  }

  /** Parses the object once for all of its fields. */
  #fields(fields: ReadonlyMap<string, Slot>, json: string, name: string): readonly string[] {
    if (fields.size === 0) return []
    const found = this.#name()
    const pointers = [...fields.keys()].map((field) => literal(pointerTo(field)))
    const faults = [...fields].map(([field, slot], index) =>
      this.slot(slot, `${found}[${index + 1}]`, name === eventName ? field : `${name}.${field}`),
    )
    return [
      `list_transform([json_extract(${json}, [${list(pointers)}])], lambda ${found}: coalesce(${list([...faults, 'NULL'])}))[1]`,
    ]
  }

  /** The first fault of the object as one of its kind, or that it is of none. */
  #kind({ by, kinds }: KindsNode, json: string, name: string): string {
    const found = this.#name()
    const told = discriminators({ by, kinds }, name)
    const cases = kinds.map(
      (kind, n) =>
        `WHEN coalesce(${scalarRules(told.nodes[n] ?? told.all, `${found}[1]`).type.holds}, false) THEN ${this.#below(kind, json, name)}`,
    )
    const field = name === eventName ? by : `${name}.${by}`
    const none = literal(`${field}: expected ${scalarRules(told.all, '').type.says}`)
    return `list_transform([json_extract(${json}, [${literal(pointerTo(by))}])], lambda ${found}: CASE ${cases.join(' ')} ELSE ${none} END)[1]`
  }

  #unknown({ fields }: { readonly fields: ReadonlyMap<string, Slot> }, json: string, name: string): string {
    const key = this.#name()
    const known = list([...fields.keys()].map(literal))
    const isKnown = fields.size === 0 ? 'false' : `${key} IN (${known})`
    return first(
      `json_keys(${json})`,
      key,
      `CASE WHEN NOT ${isKnown} THEN ${literal(`${name}: expected no field `)} || ${key} END`,
    )
  }

  #entries({ key, value }: EntriesNode, json: string, name: string): string {
    const entry = this.#name()
    const fault = `coalesce(${this.slot(asSlot(key), `to_json(${entry}[1])`, `${name}, its keys`)}, ${this.slot(value, `${entry}[2]`, `${name}.*`)})`
    return first(`list_zip(json_keys(${json}), json_extract(${json}, '$.*'))`, entry, fault)
  }

  #name(): string {
    this.#count += 1
    return `v${this.#count}`
  }
}

/** The discriminators of the kinds, and one with the values of all. */
function discriminators(
  { by, kinds }: Pick<KindsNode, 'by' | 'kinds'>,
  name: string,
): { readonly nodes: readonly EnumNode[]; readonly all: EnumNode } {
  const nodes = kinds.map((kind) => discriminatorOf(kind, by, name))
  return { nodes, all: { kind: 'enum', values: nodes.flatMap(({ values }) => values) } }
}

function asSlot(node: ContractNode): Slot {
  return { node, mayBeMissing: false, mayBeNull: false }
}

function first(values: string, parameter: string, fault: string): string {
  return `list_filter(list_transform(${values}, lambda ${parameter}: ${fault}), lambda fault: fault IS NOT NULL)[1]`
}

function describe(node: ContractNode): string {
  switch (node.kind) {
    case 'object':
    case 'kinds':
    case 'entries':
      return 'an object'
    case 'array':
      return 'an array'
    default:
      return scalarRules(node, '').type.says
  }
}
