import * as fc from 'fast-check'
import { z } from 'zod'

/** A part of a contract, and values for it: right ones, near misses and wrong ones. */
export type ContractPart = { readonly schema: z.ZodType; readonly values: fc.Arbitrary<unknown> }

const texts = [
  '',
  'a',
  'ab',
  'abc',
  'ABC',
  'aé',
  '東京',
  '🏔️',
  '😀',
  'a b',
  'x\ny',
  'a\u2028b',
  '"\\',
  '\u0001',
  'EUR',
  '\ud83d',
  '7',
  'null',
]
const numbers = [0, 1, -1, 2, 5, 9, 10, 11, 0.1, 0.3, 2.03, -0.5, 1.5, 1e21, 2 ** 53, -(2 ** 53), 2 ** 31, 1e300, 1e-7]
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, [], {}, [null], { a: 1 }, ...texts, ...numbers),
  fc.jsonValue({ maxDepth: 2 }),
)

/** Mostly right ones, so that whole events are often accepted. */
function mostly(right: fc.Arbitrary<unknown>, near: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: right }, { weight: 2, arbitrary: near }, { weight: 1, arbitrary: junk })
}

function part(schema: z.ZodType, right: readonly unknown[], near: readonly unknown[]): ContractPart {
  return { schema, values: mostly(fc.constantFrom(...right), fc.constantFrom(...near)) }
}

const plainScalars: readonly ContractPart[] = [
  part(z.string(), texts, numbers),
  part(z.boolean(), [true, false], ['true', 1, 0]),
  part(z.number(), numbers, ['1', true, null]),
  part(z.int(), [0, 1, -1, 2 ** 53 - 1], [2 ** 53, 1.5, '1', -(2 ** 53), 1e300]),
  part(z.unknown(), [...texts, ...numbers], [null, {}, [1]]),
  part(z.any(), [null, {}, [1]], [false]),
]

const numberRules: readonly ContractPart[] = [
  part(z.number().min(0), [0, 1, 0.5], [-0.1, -1, -5]),
  part(z.number().positive(), [1, 1e-7], [0, -1]),
  part(z.number().gt(1).lt(10), [1.1, 9.99], [1, 10]),
  part(z.number().lte(-0.5), [-0.5, -1], [-0.4, 0]),
  part(z.number().nonnegative().multipleOf(0.1), [0.3, 0.1, 0, 7.7], [0.25, -0.1]),
  part(z.number().multipleOf(0.07), [2.03, 0.07], [2.04]),
  part(z.int().multipleOf(5), [0, 5, 10, -15], [1, 11]),
  part(z.int().gt(0.5).lt(9.5), [1, 9], [0, 10]),
  part(z.int32(), [2 ** 31 - 1, -(2 ** 31)], [2 ** 31]),
  part(z.uint32(), [0, 2 ** 32 - 1], [-1, 2 ** 32]),
  part(z.number().int().min(1).max(3), [1, 2, 3], [0, 4, 2.5]),
  part(z.float32(), [0, 1e38], [1e39]),
]

const textRules: readonly ContractPart[] = [
  part(z.string().min(1), ['a', '😀'], ['']),
  part(z.string().max(2), ['', 'ab', '😀😀', '東京'], ['abc', '😀😀😀', 'a\ud83db']),
  part(z.string().length(3), ['abc', '😀ab', '\ud83dab'], ['ab', 'abcd', '😀😀']),
  part(z.string().startsWith('ab').endsWith('c'), ['abc', 'ab c'], ['ab', 'Abc', 'c']),
  part(z.string().includes('"\\'), ['"\\', 'a"\\b'], ['"', '\\']),
  part(z.string().lowercase(), ['abc', 'é1', '😀'], ['A', 'aB']),
  part(z.string().uppercase(), ['ABC', '😀'], ['a']),
  part(z.string().regex(/^[A-Z]{3}$/), ['EUR', 'USD'], ['eur', 'EURO', 'EUR\n', 'EU']),
  part(z.string().regex(/^.{2}$/), ['ab', '😀', '東京', 'a\ud83d'], ['a', '😀a', 'a\n', 'a\u2028']),
  part(z.string().regex(/^.{2}$/u), ['ab', '😀a', 'a\ud83d'], ['😀', 'a\r']),
  part(z.string().regex(/^[^@\s]+@\S+$/), ['a@b', '😀@😀'], ['a b@c', 'a@', 'a\ufeff@b', '@']),
  part(z.string().regex(/(a|b)+?\d*\b|^\w\W$/s), ['ab12', 'c!', 'bb'], ['', 'c', '😀']),
  part(z.string().regex(/^[\w.-]+$/), ['a.b-c', '_'], ['a b', 'é', '']),
  part(z.string().regex(/^[^a-z]$/), ['A', '\u2028', '\ud83d'], ['a', '😀', '']),
  part(z.string().regex(/a$b/), ['x'], ['ab', 'a', 'b']),
  part(z.string().regex(/^^a$$/), ['a'], ['aa', '']),
  part(z.string().regex(/(?:)a|b(?:)$/), ['a', 'b', 'xa'], ['c', 'bc']),
  part(z.string().regex(/^$(a)|\x41^/), ['x'], ['a2', 'A']),
  part(z.email(), ['a@b.co', "o'x+y@a-b.example"], ['a@b', '@b.co', 'a b@c.de']),
  part(z.uuid(), ['123e4567-e89b-42d3-a456-426614174000'], ['123e4567-e89b-42d3-a456-42661417400', 'x']),
  part(
    z.iso.datetime(),
    ['2026-11-28T12:00:00Z', '2024-02-29T00:00:00.123Z'],
    ['yesterday', '2023-02-29T00:00:00Z', '2026-11-28T12:00:00+01:00', '2026-11-28'],
  ),
  part(
    z.iso.datetime({ offset: true }),
    ['2026-11-28T12:00:00+01:00'],
    ['2026-11-28T12:00:00', '2026-13-28T12:00:00Z'],
  ),
  part(z.iso.date(), ['2026-11-28'], ['2026-11-31', '28.11.2026']),
  part(z.iso.time(), ['12:00', '23:59:59.9'], ['24:00', '12']),
  part(z.iso.duration(), ['P1D', 'PT5M', 'P2W', 'P1Y2M3DT4H5M6.7S'], ['P', 'PT', 'P1DT', 'P1W2D', '1D', 'PT1M1H']),
  part(z.ipv4(), ['127.0.0.1'], ['256.0.0.1', '1.2.3']),
  part(z.literal('EUR'), ['EUR'], ['USD', 'eur', 'EUR ']),
  part(z.literal([1, 'a', true]), [1, 'a', true], [2, 'b', false, '1', 'true']),
  part(z.enum(['yes', "n'o", '"']), ['yes', "n'o", '"'], ['', 'Yes', 1]),
]

const scalars = fc.constantFrom(...plainScalars, ...numberRules, ...textRules)

/** The kinds of absence. A missing field is `undefined`, which JSON.stringify leaves out. */
const absences: fc.Arbitrary<(inner: ContractPart) => ContractPart> = fc.constantFrom(
  (inner) => inner,
  ({ schema, values }) => ({ schema: schema.optional(), values: withSome(values, undefined) }),
  ({ schema, values }) => ({ schema: schema.nullable(), values: withSome(values, null) }),
  ({ schema, values }) => ({ schema: schema.nullish(), values: withSome(values, null, undefined) }),
)

function withSome(values: fc.Arbitrary<unknown>, ...others: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 3, arbitrary: values }, { weight: 1, arbitrary: fc.constantFrom(...others) })
}

const names = [
  'a',
  'B',
  'b',
  'c-d',
  'x y',
  'e.f',
  '',
  '"q',
  "it's",
  'g/h~',
  '東京',

  '0',
  'types',
  '$',
  '*',
]

const lengths = fc.constantFrom<readonly [number, number]>([0, 99], [1, 99], [0, 2], [2, 2])

function arrayPart({ schema, values }: ContractPart, [min, max]: readonly [number, number]): ContractPart {
  const array = z.array(schema)
  const bounded = max === 99 ? (min === 0 ? array : array.min(min)) : min === max ? array.length(min) : array.max(max)
  return {
    schema: bounded,
    values: mostly(
      fc.array(values, { minLength: min, maxLength: Math.min(max, 4) }),
      fc.array(values, { maxLength: 4 }),
    ),
  }
}

type KeyPart = { readonly schema: z.ZodString; readonly values: fc.Arbitrary<string> }
const keyTypes: readonly KeyPart[] = [
  { schema: z.string(), values: fc.constantFrom(...names, 'y') },
  { schema: z.string().min(1), values: fc.constantFrom('a', '東京', 'a', 'b', '') },
  { schema: z.string().regex(/^[a-z]+$/), values: fc.constantFrom('a', 'bc', 'd', 'A') },
]

function recordPart(key: KeyPart, { schema, values }: ContractPart): ContractPart {
  const entries = fc.array(fc.tuple(key.values, values), { maxLength: 3 })
  return {
    schema: z.record(key.schema, schema),
    values: mostly(
      entries.map((list) => Object.fromEntries(list)),
      junk,
    ),
  }
}

function objectPart(fields: Readonly<Record<string, ContractPart>>, mode: string): ContractPart {
  const shape = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]))
  const right = fc.record(Object.fromEntries(Object.entries(fields).map(([name, { values }]) => [name, values])))
  const schema = mode === 'strict' ? z.strictObject(shape) : mode === 'loose' ? z.looseObject(shape) : z.object(shape)
  const extra = fc.tuple(right, fc.constantFrom(...names, 'unknown'), junk)
  return {
    schema,
    values: mostly(
      right,
      extra.map(([value, name, more]) => ({ ...value, [name]: more })),
    ),
  }
}

const kindNames = ['created', "can'celled", '😀', 'moved'] as const

/** Objects that differ in their field `kind`, which may lie among fields of any name. */
function kindsPart(kinds: readonly Readonly<Record<string, ContractPart>>[], mode: string): ContractPart {
  const parts = kinds.map((fields, n) => {
    const right = kindNames[n] ?? 'moved'
    const schema = n === 1 ? z.enum([right, 'other']) : z.literal(right)
    return objectPart(
      { ...fields, kind: { schema, values: fc.constantFrom(right, ...(n === 1 ? ['other'] : [])) } },
      mode,
    )
  })
  const [first, ...others] = parts.map(({ schema }) => schema).filter((schema) => schema instanceof z.ZodObject)
  if (first === undefined) throw new TypeError('there are no kinds')
  const strange = parts.map(({ values }) =>
    fc
      .tuple(values, fc.constantFrom<unknown>(...kindNames, 'other', 'strange', 7, null, undefined))
      .map(([value, kind]) => (typeof value === 'object' && value !== null ? { ...value, kind } : value)),
  )
  // What another kind declares may stand in an event, and no rule of its own kind is about it.
  const mixed = fc.tuple(...parts.map(({ values }) => values)).map((each) => Object.assign({}, ...each))
  return {
    schema: z.discriminatedUnion('kind', [first, ...others]),
    values: mostly(fc.oneof(...parts.map(({ values }) => values), mixed), fc.oneof(...strange)),
  }
}

/** Contracts of every building block, nested as deep as people nest. */
const contracts = fc.letrec<{ object: ContractPart; kinds: ContractPart; any: ContractPart }>((tie) => ({
  any: fc
    .oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 6, arbitrary: scalars },
      { weight: 2, arbitrary: tie('object') },
      { weight: 1, arbitrary: tie('kinds') },
      { weight: 2, arbitrary: fc.tuple(tie('any'), lengths).map(([element, length]) => arrayPart(element, length)) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constantFrom(...keyTypes), tie('any')).map(([key, value]) => recordPart(key, value)),
      },
    )
    .chain((inner) => absences.map((wrap) => wrap(inner))),
  object: fc
    .tuple(
      fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 5, noNullPrototype: true }),
      fc.constantFrom('strip', 'strict', 'loose'),
    )
    .map(([fields, mode]) => objectPart(fields, mode)),
  kinds: fc
    .tuple(
      fc.array(fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 3, noNullPrototype: true }), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.constantFrom('strip', 'strict', 'loose'),
    )
    .map(([kinds, mode]) => kindsPart(kinds, mode)),
}))

export const arbitraryContract: fc.Arbitrary<ContractPart> = fc.oneof(
  { weight: 3, arbitrary: contracts.object },
  { weight: 1, arbitrary: contracts.kinds },
)
