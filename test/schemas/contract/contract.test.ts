import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { datasetOf, TestJudge } from '../../oracle/judge.ts'

const judge = new TestJudge()

const time = z.int().min(0).max(1_000_000)

async function reasonFor(field: z.ZodType, value: unknown): Promise<string | undefined> {
  const text = JSON.stringify({ time: 1, field: value })
  return (await judge.rejections(datasetOf(z.object({ time, field })), [text])).get(0)
}

describe('an event that breaks a rule', () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ['a least length', z.string().min(1), '', 'field: expected at least 1 character'],
    ['a greatest length', z.string().max(2), 'abc', 'field: expected at most 2 characters'],
    ['a pattern', z.string().regex(/^[A-Z]{3}$/), 'eur', 'field: expected a text like /^[A-Z]{3}$/'],
    ['a format', z.iso.datetime(), 'yesterday', 'field: expected a text of the format datetime'],
    ['an address', z.email(), 'nobody', 'field: expected a text of the format email'],
    ['a beginning', z.string().startsWith('A-'), 'B-1', 'field: expected a text that starts with "A-"'],
    ['a literal', z.literal('EUR'), 'USD', 'field: expected EUR, got a text'],
    ['an enum', z.enum(['yes', 'no']), 'maybe', 'field: expected one of yes, no, got a text'],
    ['a least number', z.number().min(0), -5, 'field: expected a number >= 0'],
    ['a number to be positive', z.number().positive(), 0, 'field: expected a number > 0'],
    ['a bound of integers', z.int().gt(0).max(9), 10, 'field: expected an integer from 1 to 9, got another integer'],
    ['a step', z.number().multipleOf(0.05), 0.07, 'field: expected a multiple of 0.05'],
    ['a least count', z.array(z.int()).min(1), [], 'field: expected at least 1 element'],
    ['an element', z.array(z.array(z.int())), [[1], [2, 'x']], 'field[][]: expected an integer from .* got a text'],
    ['a strict object', z.strictObject({ a: z.int() }), { a: 1, b: 2 }, 'field: expected no field b'],
    ['a nested field', z.object({ a: z.object({ b: z.string() }) }), { a: {} }, 'field.a.b: missing'],
    ['the key of an entry', z.record(z.string().min(2), z.int()), { x: 1 }, 'field, its keys: expected at least 2'],
    ['the value of an entry', z.record(z.string(), z.int()), { x: 'y' }, 'field.*: expected an integer'],
    ['absence', z.string().optional(), null, 'field: expected a text, got null'],
    ['presence', z.string().nullable(), undefined, 'field: missing'],
  ])('%s is rejected for it, by field and rule', async (_, field, value, reason) => {
    const escaped = reason.replaceAll(/[[\]{}^$?|()/]/g, String.raw`\$&`).replaceAll('*:', String.raw`\*:`)
    expect(await reasonFor(field, value)).toMatch(new RegExp(`^${escaped}`))
  })

  it('names the event itself otherwise than a field called event', async () => {
    const reasons = await judge.rejections(datasetOf(z.object({ time, event: z.string() })), ['{', '{"time":1}'])
    expect([...reasons.values()]).toEqual(['the event: not valid JSON', 'event: missing'])
  })
})

const Recursive = z.object({
  get below() {
    return z.array(Recursive)
  },
})

describe('a rule without an exact meaning in the engine', () => {
  it.each<[string, z.ZodType, RegExp]>([
    ['refine()', z.string().refine((text) => text !== 'x'), /^made: field: refine\(\).*pattern/],
    [
      'refine() behind optional()',
      z
        .string()
        .optional()
        .refine(() => true),
      /field: refine\(\)/,
    ],
    ['check()', z.number().check(() => undefined), /field: .*check\(\)/],
    ['transform()', z.string().transform(Number), /field: .*transform\(\).*query/],
    ['preprocess()', z.preprocess(Number, z.number()), /field: .*preprocess\(\)/],
    ['trim()', z.string().trim(), /field: trim\(\)/],
    ['coerce', z.coerce.number(), /field: coerce/],
    ['coerce of a boolean', z.coerce.boolean(), /field: coerce/],
    ['catch()', z.string().catch('x'), /field: catch\(\)/],
    ['a union', z.union([z.string(), z.int()]), /field: .*union/],
    [
      'a discriminated union of unions',
      z.discriminatedUnion('a', [z.discriminatedUnion('b', [z.object({ a: z.literal(1), b: z.literal(1) })])]),
      /field: the kinds of a z\.discriminatedUnion\(\) are z\.object\(\)/,
    ],
    [
      'a discriminated union with a fallback',
      z.discriminatedUnion('a', [z.object({ a: z.literal(1) })], { unionFallback: true }),
      /field: .*union/,
    ],
    ['an intersection', z.object({ a: z.int() }).and(z.object({ b: z.int() })), /field: .*extend/],
    ['a tuple', z.tuple([z.int()]), /field: .*z\.array/],
    ['a date', z.date(), /field: .*datetime/],
    ['a bigint', z.bigint(), /field: .*z\.int/],
    ['null alone', z.null(), /field: .*nullable/],
    ['a literal null', z.literal([1, null]), /field: .*nullable/],
    ['a type for unknown fields', z.object({ a: z.int() }).catchall(z.int()), /field: unknown fields/],
    ['a record of known keys', z.record(z.enum(['a']), z.int()), /field: the keys of a record/],
    ['a look ahead', z.string().regex(/^(?=a)b/), /field: .*looks ahead/],
    ['a reference back', z.string().regex(/(a)\1/), /field: .*refers back/],
    ['a flag', z.string().regex(/a/i), /field: .*flag i/],
    ['a Unicode property', z.string().regex(/\p{L}/u), /field: .*property/],
    ['a character of two units', z.string().regex(/😀/), /field: .*flag u/],
    ['half of a range of halves', z.string().regex(/[\ue000-\uffff]/), /field: .*range/],
    ['many repeats', z.string().regex(/^(a{100}){100}$/), /field: .*1000 times/],
    ['a URL', z.url(), /field: url is no pattern/],
    ['an IPv6 address', z.ipv6(), /field: ipv6 looks at more/],
    ['a token', z.string().check(z.jwt()), /field: jwt/],
    ['a changing default', z.number().default(() => Math.random()), /field: its default changes/],
    ['a default object', z.object({ a: z.int() }).default({ a: 1 }), /field: only a plain text/],
    ['a default of what may be null', z.string().nullable().default('x'), /field: .*nullish/],
    ['a default that breaks its rules', z.int32().default(2 ** 40), /field: its default, .* own rules/],
    ['a default of the time', z.number().default(() => Date.now()), /field: its default changes/],
    ['a default with NUL', z.string().default('a\0'), /field: only a plain text/],
    ['a rule for unknown fields', z.object({}).catchall(z.any().refine(() => false)), /field: refine\(\)/],
    ['a field of every object', z.object({ constructor: z.string().optional() }), /field: .*constructor/],
    ['a name with NUL', z.object({ 'a\0': z.int() }), /field: .*NUL/],
    ['a text with NUL', z.string().startsWith('\0'), /field: NUL/],
    ['a noncharacter', z.literal('\ufdd0'), /field: /],
    ['an endless length', z.string().min(Infinity), /field: a bound of a length/],
    ['a length that is no number', z.array(z.int()).max(Number.NaN), /field: a bound of a length/],
    [
      'what nests too deep',
      Array.from({ length: 11 }).reduce<z.ZodType>((inner) => z.array(inner), z.int()),
      /deeper than 10/,
    ],
    ['what contains itself', Recursive, /contains itself/],
    ['bounds that nothing meets', z.int().min(5).max(4), /field: no integer/],
    ['a rule below arrays', z.array(z.object({ a: z.string().trim() })), /field\[\]\.a: trim/],
  ])('%s is refused where it is defined, by place, with what to write instead', (_, field, message) => {
    expect(() => datasetOf(z.object({ time, field }))).toThrow(message)
  })
})

describe('a default', () => {
  const contract = z.object({
    time,
    plain: z.string().default("it's"),
    box: z.object({ size: z.int().default(7) }).nullish(),
    tags: z.array(z.object({ tag: z.string(), weight: z.number().default(0.5) })),
  })
  const dataset = datasetOf(contract, {
    thing: {
      kind: 'latest',
      key: ['time'],
      columns: {
        time: { path: 'time', type: 'BIGINT' },
        plain: { path: 'plain', type: 'VARCHAR' },
        size: { path: 'box.size', type: 'BIGINT' },
      },
    },
    tag: {
      kind: 'latest',
      array: 'tags',
      key: ['tag'],
      columns: { tag: { path: '@.tag', type: 'VARCHAR' }, weight: { path: '@.weight', type: 'DOUBLE' } },
    },
  })

  it('is what a missing field means, where there is an object that it is missing from', async () => {
    const events = [
      { time: 0, tags: [] },
      { time: 1, plain: 'given', box: {}, tags: [{ tag: 'a' }, { tag: 'b', weight: 2 }] },
      { time: 2, box: { size: 1 }, tags: [] },
    ]
    const texts = events.map((event) => JSON.stringify(event))
    // The log received them at 1: an event of the future is rejected.
    expect(await judge.rows(dataset, 'thing', texts.slice(0, 2))).toEqual([
      { time: 0n, plain: "it's", size: null },
      { time: 1n, plain: 'given', size: 7n },
    ])
    expect(await judge.rows(dataset, 'tag', texts)).toEqual([
      { tag: 'a', weight: 0.5 },
      { tag: 'b', weight: 2 },
    ])
  })

  it('is not what null means', async () => {
    const text = JSON.stringify({ time: 1, plain: null, tags: [] })
    expect([...(await judge.rejections(dataset, [text])).values()]).toEqual(['plain: expected a text, got null'])
  })
})

describe('half of a surrogate pair', () => {
  const half = '\ud83d'
  const dataset = datasetOf(
    z.object({ time, kept: z.string(), tags: z.record(z.string(), z.object({ note: z.string() })) }),
    {
      thing: { kind: 'latest', key: ['kept'], columns: { kept: { path: 'kept', type: 'VARCHAR' } } },
      tag: {
        kind: 'set',
        owner: 'thing',
        key: ['kept'],
        distinct: ['tag'],
        entries: 'tags',
        columns: { kept: { path: 'kept', type: 'VARCHAR' }, tag: { path: '@key', type: 'VARCHAR' } },
      },
    },
  )
  const judged = async (event: object) =>
    (await judge.rejections(dataset, [JSON.stringify({ time: 1, ...event })])).get(0)

  it('refuses nothing where no column reads it', async () => {
    expect(await judged({ kept: 'a', tags: { b: { note: half } }, more: { [half]: `x${half}y` } })).toBeUndefined()
  })

  it('is rejected, with a reason that says so, where a column would have to keep it', async () => {
    expect(await judged({ kept: `Ada ${half}`, tags: {} })).toBe(
      'kept: expected whole characters, got half a surrogate pair',
    )
    expect(await judged({ kept: 'a', tags: { [half]: { note: '' } } })).toMatch(/^tags, its keys: .*half/)
  })

  it('is told from a whole pair, an escaped backslash and a noncharacter that the event holds itself', async () => {
    const kept = String.raw`\ud83d 😀 \u0000 ` + '\ufdd0'
    const text = JSON.stringify({ time: 1, kept, tags: {}, more: half }).replace('😀', String.raw`\ud83d\ude00`)
    expect(await judge.rejections(dataset, [text])).toEqual(new Map())
    expect(await judge.rows(dataset, 'thing', [text])).toMatchObject([{ kept }])
  })
})
