import { z } from 'zod'

/** The part of JSON Schema a contract may use. Everything SQL needs to know of it follows from these nodes. */
export type ContractNode =
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, ContractField> }
  | { readonly kind: 'array'; readonly element: ContractNode }
  | { readonly kind: 'entries'; readonly value: ContractNode }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'number' }
  | { readonly kind: 'text' }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'boolean' }

/** An optional field may be missing or null; the two mean the same. */
export type ContractField = { readonly node: ContractNode; readonly isOptional: boolean }

const JsonSchema = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
})

/** Reads a zod contract into nodes. Throws a TypeError for a shape that SQL could not hold to the same verdict. */
export function contractNode(contract: z.ZodType): ContractNode {
  return parseNode(z.toJSONSchema(contract, { io: 'input', unrepresentable: 'throw' }), 'event')
}

/** The node at a dotted path below an object, or undefined. `a.b` never crosses an array. */
export function nodeAt(root: ContractNode, path: string): ContractNode | undefined {
  return path
    .split('.')
    .reduce<ContractNode | undefined>(
      (node, name) => (node?.kind === 'object' ? node.fields.get(name)?.node : undefined),
      root,
    )
}

function parseNode(schema: unknown, path: string): ContractNode {
  const parsed = JsonSchema.parse(schema)
  if (parsed.enum !== undefined) return { kind: 'enum', values: parsed.enum }
  switch (parsed.type) {
    case 'integer':
      return {
        kind: 'integer',
        min: parsed.minimum ?? Number.MIN_SAFE_INTEGER,
        max: parsed.maximum ?? Number.MAX_SAFE_INTEGER,
      }
    case 'number':
      return { kind: 'number' }
    case 'string':
      return { kind: 'text' }
    case 'boolean':
      return { kind: 'boolean' }
    case 'array':
      return { kind: 'array', element: parseNode(parsed.items, `${path}[]`) }
    case 'object':
      return parsed.properties === undefined
        ? { kind: 'entries', value: parseNode(parsed.additionalProperties, `${path}.*`) }
        : { kind: 'object', fields: parseFields(parsed.properties, parsed.required ?? [], path) }
    default:
      throw new TypeError(`${path}: a contract cannot hold ${JSON.stringify(schema)}`)
  }
}

function parseFields(
  properties: Record<string, unknown>,
  required: readonly string[],
  path: string,
): Map<string, ContractField> {
  return new Map(
    Object.entries(properties).map(([name, schema]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`${path}: ${name} is not a plain field name`)
      const { type, isNullable } = withoutNull(schema)
      if (isNullable === required.includes(name))
        throw new TypeError(`${path}.${name}: an optional field is nullish(), every other is neither`)
      return [name, { node: parseNode(type, `${path}.${name}`), isOptional: isNullable }]
    }),
  )
}

function withoutNull(schema: unknown): { readonly type: unknown; readonly isNullable: boolean } {
  const parsed = JsonSchema.parse(schema)
  const alternatives = parsed.anyOf ?? []
  if (alternatives.length === 2 && JsonSchema.parse(alternatives[1]).type === 'null')
    return { type: alternatives[0], isNullable: true }
  if (Array.isArray(parsed.type) && parsed.type.length === 2 && parsed.type[1] === 'null') {
    return { type: { ...parsed, type: parsed.type[0] }, isNullable: true }
  }
  return { type: schema, isNullable: false }
}
