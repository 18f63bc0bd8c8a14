import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isScalar } from '../../../schemas/contract/node.ts'
import type { ContractNode } from '../../../schemas/contract/node.ts'
import type { ColumnType } from '../../../schemas/declare/column-types.ts'
import type { Column, Table } from '../../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { parsedType } from '../../../schemas/contract/kinds.ts'
import { stageGoodSql, stageSql } from '../../../schemas/sql/stage-sql.ts'
import { verdictSql } from '../../../schemas/sql/verdict-sql.ts'
import { arbitraryContract } from '../../oracle/arbitrary/contract.ts'
import { malformedLines } from '../../oracle/arbitrary/malformed.ts'
import { datasetOf, TestJudge } from '../../oracle/judge.ts'
import { recordedLines } from '../../oracle/recording.ts'
import { throwBriefly } from '../../oracle/throw-briefly.ts'

const judge = new TestJudge()

/** The careful statement as the contract means it: each rule by itself, without the cheap test before. */
function carefulSql(dataset: DefinedDataset): string {
  const careful = stageSql(dataset, 'incoming')
  const alone = careful.replace(`WHEN ${verdictSql(dataset).isGood} THEN NULL`, () => '')
  expect(alone.length).toBeLessThan(careful.length)
  return alone
}

function acceptedSql(dataset: DefinedDataset): string {
  return `FROM (${stageGoodSql(dataset, 'incoming')}) WHERE reason IS NULL`
}

/** Texts that the cheap test accepts, but of which the careful statement makes another row, or none. */
async function mistaken(
  dataset: DefinedDataset,
  texts: readonly string[],
  accepted: string = acceptedSql(dataset),
): Promise<readonly (string | undefined)[]> {
  return (await judge.difference(texts, accepted, carefulSql(dataset))).map((index) => texts[index])
}

/** Texts that the whole verdict judges or parses in another way than the careful statement does. */
async function different(dataset: DefinedDataset, texts: readonly string[]): Promise<readonly (string | undefined)[]> {
  const indexes = await judge.difference(texts, stageSql(dataset, 'incoming'), carefulSql(dataset))
  return indexes.map((index) => texts[index])
}

async function countAccepted(dataset: DefinedDataset, texts: readonly string[]): Promise<number> {
  return (await judge.difference(texts, acceptedSql(dataset), `FROM (${carefulSql(dataset)}) WHERE false`)).length
}

const listed = z.object({ k: z.string(), v: z.string().nullish() })
const contract = z.object({
  time: z.int().min(0).max(1_000_000),
  whole: z.int().min(-5),
  wholeOrNot: z.int().nullish(),
  standard: z.int().default(7),
  fraction: z.number().lt(1e300),
  word: z.string(),
  short: z.string().max(3).optional(),
  flag: z.boolean(),
  always: z.literal(true),
  choice: z.enum(['yes', 'true', '7']),
  size: z.literal([1, 2]),
  step: z.literal([1, 2.5]),
  mixed: z.literal([1, 'a', true]),
  free: z.unknown(),
  unread: z.int().optional(),
  unreadFlag: z.boolean().optional(),
  place: z.object({ x: z.int(), name: z.string().nullish() }).nullish(),
  owner: z.object({ name: z.string() }),
  '0': z.object({ '0': z.string() }),
  list: z.array(listed).nullish(),
  numbered: z.array(z.object({ k: z.string(), n: z.int() })).optional(),
  map: z.record(z.string(), z.object({ v: z.string().nullish() })).nullish(),
  words: z.array(z.string()).optional(),
  strict: z.strictObject({ a: z.string() }).optional(),
  'da-sh': z.object({ 'sp ace': z.string(), 'do.t': z.int().optional() }).optional(),
})
const columns = (types: Readonly<Record<string, ColumnType>>, prefix = ''): Record<string, Column> => ({
  at: { path: 'time', type: 'BIGINT' },
  ...Object.fromEntries(
    Object.entries(types).map(([path, type], index) => [`c${index}`, { path: `${prefix}${path}`, type }]),
  ),
})
const everything = datasetOf(contract, {
  seen: {
    kind: 'latest',
    key: ['at'],
    columns: columns({
      whole: 'BIGINT',
      wholeOrNot: 'BIGINT',
      standard: 'BIGINT',
      fraction: 'DOUBLE',
      word: 'VARCHAR',
      short: 'VARCHAR',
      flag: 'BOOLEAN',
      always: 'BOOLEAN',
      choice: 'VARCHAR',
      size: 'BIGINT',
      step: 'DOUBLE',
      'place.x': 'BIGINT',
      'place.name': 'VARCHAR',
      'owner.name': 'VARCHAR',
    }),
  },
  list: { kind: 'latest', array: 'list', key: ['at'], columns: columns({ k: 'VARCHAR', v: 'VARCHAR' }, '@.') },
  numbered: { kind: 'latest', array: 'numbered', key: ['at'], columns: columns({ k: 'VARCHAR', n: 'BIGINT' }, '@.') },
  map: {
    kind: 'set',
    owner: 'seen',
    entries: 'map',
    key: ['at'],
    distinct: ['name'],
    mayDrop: true,
    columns: { ...columns({ v: 'VARCHAR' }, '@.'), name: { path: '@key', type: 'VARCHAR' } },
  },
})

const event = `{"time":1,"whole":3,"wholeOrNot":4,"standard":8,"fraction":1.5,"word":"w","short":"ab","flag":true,"always":true,"choice":"yes","size":1,"step":2.5,"mixed":"a","free":{"a":[1]},"unread":9,"unreadFlag":false,"place":{"x":1,"name":"p"},"owner":{"name":"o"},"0":{"0":"z"},"list":[{"k":"k1","v":"v1"},{"k":"k2"}],"numbered":[{"k":"n","n":5}],"map":{"m":{"v":"mv"}},"words":["one"],"strict":{"a":"s"},"da-sh":{"sp ace":"d","do.t":7}}`

/** Values as some producer may write them, which the engine reads in its own way. */
const raws =
  String.raw`NaN|nan|Infinity|-Infinity|inf|-inf|InFinity|1e400|-1e400|-0|0|0.0|1|1.0|1e0|1e3|1.5|2|2.5|12|-6|9007199254740991|9007199254740992|9223372036854775807|9223372036854775808|18446744073709551616|123456789012345678901234567890|true|false|null|[]|[1]|["z"]|[null]|[{}]|[{"k":1}]|[{"k":"x","v":{}}]|[{"k":"x","v":null,"w":2},{"k":"","v":"NaN"}]|{}|{"a":"x"}|{"a":"x","b":1}|{"a":1}|{"name":5}|{"0":"z"}|{"x":1}|{"x":1,"x":2}|{"x":"1","name":null}|{"m":5}|{"m":{"v":5}}|{"m":{},"m":{"v":"2"}}|""|"a"|"abcd"|"yes"|"\u0079es"|"true"|"false"|"null"|"7"|"12"|"1e5"|"-"|"."|"e"|"NaN"|"nan"|"-Infinity"|"inf"|"Infinite"|"[x"|"{"|"[1]"|"it is"|"Ice"|"20s & 30s"|"a\u0000b"|"a\"\\b"|"東京"|"😀"|"\ud83d\ude00"|"\ud83d"`.split(
    '|',
  )

/** The text with each of its values replaced by each of the raw ones, or its field left out. */
function* altered(text: string): Iterable<string> {
  const found = [...text.matchAll(/(?<=[:[,])(?:"[^"]*"(?!:)|-?[\d.]+|true|false|(?=[[{]))/g)]
  for (const { index, 0: value } of found) {
    const end = value === '' ? endOf(text, index) : index + value.length
    for (const raw of raws) yield `${text.slice(0, index)}${raw}${text.slice(end)}`
    const field = /"[^"]*":$/.exec(text.slice(0, index))
    if (field !== null) yield `${text.slice(0, index - field[0].length)}"other":${text.slice(index)}`
    if (field !== null)
      yield `${text.slice(0, index - field[0].length)}${field[0]}null,${text.slice(index - field[0].length)}`
  }
}

/** The end of the array or object that begins at `start`. */
function endOf(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    if ('[{'.includes(text[at] ?? '')) depth += 1
    if (']}'.includes(text[at] ?? '')) depth -= 1
    if (depth === 0) return at + 1
  }
  return text.length
}

const alteredEvents = [event, ...altered(event)].flatMap((text) => [text, ` \t\r\n${text}`])

describe('the cheap test', () => {
  it('accepts nothing that the careful verdict refuses, and parses as it does, whatever value stands wherever', async () => {
    expect(await mistaken(everything, alteredEvents)).toEqual([])
    expect(await different(everything, alteredEvents)).toEqual([])
    expect(await countAccepted(everything, alteredEvents)).toBeGreaterThan(alteredEvents.length / 10)
  })

  it.each([
    ['a text of what reads like one', / NOT IN \(45, [\d, ]+\)/g, ' IS NOT NULL'],
    ['an integer of another number', / IN \('UBIGINT', 'BIGINT'\)/g, ' IS NOT NULL'],
    ['a text of another value', / = 'VARCHAR'/g, ' IS NOT NULL'],
    ['a boolean of another value', / = 'BOOLEAN'/g, ' IS NOT NULL'],
    ['an object of another value', / = 'OBJECT'/g, ' IS NOT NULL'],
    ['finite numbers', /isfinite\([^)]*\)/g, 'true'],
    ['what the tables do not read', /CASE WHEN types\[\d+\] IS NULL THEN true/g, 'CASE WHEN true THEN true'],
  ])('is seen to be wrong if it does not tell %s', async (_, part, fault) => {
    const accepted = acceptedSql(everything)
    const planted = accepted.replaceAll(part, fault)
    expect(planted).not.toBe(accepted)
    expect(await mistaken(everything, alteredEvents, planted)).not.toEqual([])
  })

  it('accepts every event of the recording and parses it as the careful verdict does', async () => {
    const texts = recordedLines().map((line) => Buffer.from(line).toString())
    const lines = malformedLines
      .filter(({ value }) => value.length < 4096)
      .map(({ value }) => Buffer.from(value).toString())
    expect(await mistaken(untimed, [...texts, ...lines])).toEqual([])
    expect(await different(untimed, [...texts, ...lines])).toEqual([])
    expect(await countAccepted(untimed, texts)).toBe(1541)
  })

  it('agrees with the careful verdict under any contract, however its values are written', async () => {
    const cases = arbitraryContract.chain(({ schema, values }) =>
      fc.record({
        schema: fc.constant(schema),
        values: fc.array(values, { minLength: 40, maxLength: 40 }),
        seed: fc.nat(),
      }),
    )
    let accepted = 0
    const run = await fc.check(
      fc.asyncProperty(cases, async ({ schema, values, seed }) => {
        const made = z.object({ time: z.int().min(0).max(1_000_000), body: schema })
        const { root } = datasetOf(made)
        const dataset = datasetOf(made, tablesOf(root, seed))
        const texts = values.flatMap((body, index) => {
          const text = JSON.stringify({ time: 1, body })
          const others = [...altered(text)]
          return [text, ...others.filter((_, n) => (n + seed + index) % 97 === 0)]
        })
        expect(await mistaken(dataset, texts)).toEqual([])
        accepted += await countAccepted(dataset, texts)
      }),
      { numRuns: process.env['CI'] === 'true' ? 200 : 30, endOnFailure: true },
    )
    throwBriefly(run)
    expect(accepted).toBeGreaterThan(200)
  })
})

/** The dataset of the recording, at whatever time its events are received. */
const untimed: DefinedDataset = { ...rsvp, time: { ...rsvp.time, aheadMsMax: Number.MAX_SAFE_INTEGER } }

/** Tables that read some of what a contract has, by the seed. */
function tablesOf(root: ContractNode, seed: number): Readonly<Record<string, Table>> {
  const at: Column = { path: 'time', type: 'BIGINT' }
  const own: Record<string, Column> = { at }
  const tables: Record<string, Table> = {}
  let count = seed % 3
  const visit = (node: ContractNode, path: string) => {
    for (const [name, below] of readable(node)) {
      const [to, key] = [path === '' ? name : `${path}.${name}`, `t${count}`]
      count += 1
      const type = typeOf(below)
      if (type !== null && count % 3 > 0 && to !== 'time') own[key] = { path: to, type }
      if (below.kind === 'object') visit(below, to)
      if (below.kind === 'array' && below.element.node.kind === 'object')
        tables[key] = { kind: 'latest', array: to, key: ['at'], columns: { at, ...elementColumns(below.element.node) } }
    }
  }
  visit(root, '')
  return { seen: { kind: 'latest', key: ['at'], columns: own }, ...tables }
}

function elementColumns(node: ContractNode): Record<string, Column> {
  return Object.fromEntries(
    readable(node).flatMap(([name, below], index) => {
      const type = typeOf(below)
      return type === null ? [] : [[`e${index}`, { path: `@.${name}`, type }]]
    }),
  )
}

/** Fields that a path can name and the engine can tell apart. */
function readable(node: ContractNode): readonly (readonly [string, ContractNode])[] {
  if (node.kind !== 'object') return []
  return [...node.fields].flatMap(([name, slot]) => (/^[a-z0-9]+$/.test(name) ? [[name, slot.node]] : []))
}

function typeOf(node: ContractNode): ColumnType | null {
  if (!isScalar(node)) return null
  const type = parsedType(node)
  return type === 'JSON' ? null : type
}
