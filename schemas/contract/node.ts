import type { TextTest } from './texts.ts'

/** Both ends are included; an end that is not set is infinite. */
export type Range = { readonly min: number; readonly max: number }

/** A part of a contract, as the SQL is derived from it. It holds every rule that zod was given. */
export type ContractNode =
  | ObjectNode
  | KindsNode
  | { readonly kind: 'array'; readonly element: Slot; readonly length: Range }
  | EntriesNode
  | ScalarNode

export type ObjectNode = {
  readonly kind: 'object'
  readonly fields: ReadonlyMap<string, Slot>
  readonly isStrict: boolean
}

/** An object of one of several kinds, which the field `by` tells. `fields` are those that columns can read. */
export type KindsNode = {
  readonly kind: 'kinds'
  readonly by: string
  readonly kinds: readonly ObjectNode[]
  readonly fields: ReadonlyMap<string, Slot>
}

export type EntriesNode = { readonly kind: 'entries'; readonly key: TextNode; readonly value: Slot }

export type ScalarNode = IntegerNode | NumberNode | TextNode | EnumNode | { readonly kind: 'boolean' | 'any' }

export type IntegerNode = Range & { readonly kind: 'integer'; readonly multiplesOf: readonly number[] }

export type NumberNode = {
  readonly kind: 'number'
  readonly bounds: readonly Bound[]
  readonly multiplesOf: readonly number[]
}
export type Bound = { readonly operator: '>=' | '>' | '<=' | '<'; readonly value: number }

/** Lengths count code points, as zod does. */
export type TextNode = { readonly kind: 'text'; readonly length: Range; readonly tests: readonly TextTest[] }

export type EnumNode = { readonly kind: 'enum'; readonly values: readonly Literal[] }
export type Literal = string | number | boolean

/** A place of an event: what stands in it, and whether it may be null or missing. The two are not the same. */
export type Slot = {
  readonly node: ContractNode
  readonly mayBeMissing: boolean
  readonly mayBeNull: boolean
  /** The value of a missing field. */
  readonly default?: Literal
}

export function isScalar(node: ContractNode): node is ScalarNode {
  return !('fields' in node) && node.kind !== 'array' && node.kind !== 'entries'
}
