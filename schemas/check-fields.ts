import type { ContractNode } from './contract.ts'

/**
 * Throws a TypeError where two fields of one object differ in their case alone: the engine's structs take them for one, and
 * a column of the second would hold the first.
 */
export function checkFields(node: ContractNode, path = 'event'): void {
  if (node.kind === 'array') return checkFields(node.element, `${path}[]`)
  if (node.kind === 'entries') return checkFields(node.value, `${path}.*`)
  if (node.kind !== 'object') return
  const taken = new Map<string, string>()
  for (const [name, field] of node.fields) {
    const other = taken.get(name.toLowerCase())
    if (other !== undefined) throw new TypeError(`${path}.${name}: ${other} is the same name to the engine`)
    taken.set(name.toLowerCase(), name)
    checkFields(field.node, `${path}.${name}`)
  }
}
