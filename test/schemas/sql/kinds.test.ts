import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Table } from '../../../schemas/declare/dataset.ts'
import { stageGoodSql, stageSql } from '../../../schemas/sql/stage-sql.ts'
import { datasetOf, TestJudge } from '../../oracle/judge.ts'

const judge = new TestJudge()

const time = z.int().min(0).max(1)
const contract = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('placed'),
    time,
    id: z.int(),
    note: z.string(),
    lines: z.array(z.object({ sku: z.string() })),
  }),
  z.object({
    type: z.literal('paid'),
    time,
    id: z.int(),
    note: z.int(),
    amount: z.number().min(0),
    card: z.object({ last: z.string().length(4) }),
  }),
  z.strictObject({
    type: z.enum(['lost', 'stolen']),
    time,
    id: z.int(),
    card: z.object({ country: z.string() }).optional(),
  }),
])

const id = { path: 'id', type: 'BIGINT' } as const
const tables: Readonly<Record<string, Table>> = {
  placed: { kind: 'latest', key: ['id'], columns: { id }, when: { path: 'type', in: ['placed'] } },
  line: {
    kind: 'set',
    owner: 'placed',
    array: 'lines',
    key: ['id'],
    distinct: ['sku'],
    columns: { id, sku: { path: '@.sku', type: 'VARCHAR' } },
  },
  payment: {
    kind: 'latest',
    key: ['id'],
    columns: { id, amount: { path: 'amount', type: 'DECIMAL(12,2)' }, card: { path: 'card.last', type: 'VARCHAR' } },
    when: { path: 'type', in: ['paid'] },
  },
  missing: {
    kind: 'append',
    key: ['log_partition', 'log_offset'],
    columns: {
      log_partition: { path: '$partition', type: 'INTEGER' },
      log_offset: { path: '$offset', type: 'BIGINT' },
      type: { path: 'type', type: 'VARCHAR' },
      country: { path: 'card.country', type: 'VARCHAR' },
    },
    when: { path: 'type', in: ['lost', 'stolen'] },
  },
  thing: { kind: 'latest', key: ['id'], columns: { id, last_type: { path: 'type', type: 'VARCHAR' } } },
}
const dataset = datasetOf(contract, tables)

const placed = { type: 'placed', time: 1, id: 1, note: 'a gift', lines: [{ sku: 'cup' }] }
const paid = { type: 'paid', time: 1, id: 1, note: 7, amount: 19.99, card: { last: '1234' } }
const lost = { type: 'lost', time: 1, id: 2 }
const stolen = { type: 'stolen', time: 1, id: 3, card: { country: 'NL' } }
const good = [placed, paid, lost, stolen].map((event) => JSON.stringify(event))

describe('events of several kinds on one topic', () => {
  it('feed the tables that name their kind, and those that name none', async () => {
    expect(await judge.rows(dataset, 'placed', good)).toEqual([{ id: 1n, line_dropped: 0n }])
    expect(await judge.rows(dataset, 'line', good)).toEqual([{ id: 1n, sku: 'cup' }])
    expect(await judge.rows(dataset, 'payment', good)).toEqual([{ id: 1n, amount: 19.99, card: '1234' }])
    expect(await judge.rows(dataset, 'missing', good)).toEqual([
      { log_partition: 0, log_offset: 2n, type: 'lost', country: null },
      { log_partition: 0, log_offset: 3n, type: 'stolen', country: 'NL' },
    ])
    expect(await judge.rows(dataset, 'thing', good)).toEqual([
      { id: 1n, last_type: 'paid' },
      { id: 2n, last_type: 'lost' },
      { id: 3n, last_type: 'stolen' },
    ])
  })

  it('leave the rows of another kind alone, and with them the sets that these own', async () => {
    const later = JSON.stringify({ ...paid, lines: [] })
    expect(await judge.rows(dataset, 'line', [JSON.stringify(placed), later])).toEqual([{ id: 1n, sku: 'cup' }])
  })

  it.each<[object, string]>([
    [{ ...placed, type: 'sent' }, 'type: expected one of placed, paid, lost, stolen'],
    [{ time: 1, id: 1 }, 'type: expected one of placed, paid, lost, stolen'],
    [{ ...placed, note: 7 }, 'note: expected a text, got an integer'],
    [{ ...paid, note: 'x' }, 'note: expected an integer from -9007199254740991 to 9007199254740991, got a text'],
    [{ ...paid, amount: -1 }, 'amount: expected a number >= 0'],
    [
      { ...paid, amount: 0.001 },
      'amount: expected a value that fits DECIMAL(12,2), the type of the column payment.amount',
    ],
    [{ ...paid, card: { last: '12' } }, 'card.last: expected at least 4 characters'],
    [{ ...lost, more: 1 }, 'the event: expected no field more'],
  ])('%j is judged as its kind: %s', async (event, reason) => {
    expect([...(await judge.rejections(dataset, [JSON.stringify(event)])).values()]).toEqual([reason])
  })

  it('are accepted by the cheap test where they keep their contract', async () => {
    const accepted = (sql: string) => `FROM (${sql}) WHERE reason IS NULL`
    const [cheap, careful] = [stageGoodSql(dataset, 'incoming'), stageSql(dataset, 'incoming')].map(accepted)
    expect(await judge.difference(good, careful ?? '', cheap ?? '')).toEqual([])
    expect(await judge.rejections(dataset, good)).toEqual(new Map())
  })

  it('of a key that is missing in some kinds are known by the kinds that have it', async () => {
    const other = z.discriminatedUnion('type', [
      z.object({ type: z.literal('a'), time, id: z.int() }),
      z.object({ type: z.literal('b'), time }),
    ])
    const all = datasetOf(other, { seen: { kind: 'latest', key: ['id'], columns: { id } } })
    expect(await judge.rows(all, 'seen', ['{"type":"a","time":1,"id":5}', '{"type":"b","time":1}'])).toEqual([
      { id: 5n },
    ])
  })
})

describe('a declaration of kinds is refused', () => {
  const withPayment = (changed: object) => () =>
    datasetOf(contract, { ...tables, payment: { kind: 'latest', key: ['id'], columns: { id }, ...changed } })
  it.each<[string, () => unknown, RegExp]>([
    [
      'with a column of a field whose kinds differ in its type',
      withPayment({ columns: { id, note: { path: 'note', type: 'VARCHAR' } } }),
      /payment\.note: the contract has no note that is of one type in every kind/,
    ],
    [
      'with a kind that there is not',
      withPayment({ when: { path: 'type', in: ['payed'] } }),
      /payment: when: type is never "payed"/,
    ],
    [
      'with a value of another type',
      withPayment({ when: { path: 'id', in: ['1'] } }),
      /payment: when: id is never "1"/,
    ],
    ['with no value', withPayment({ when: { path: 'type', in: [] } }), /payment: when: it names no value/],
    [
      'with a field that there is not',
      withPayment({ when: { path: 'kind', in: ['x'] } }),
      /payment: when: the contract has no kind/,
    ],
    ['with an object', withPayment({ when: { path: 'card', in: ['x'] } }), /payment: when: the contract has no card/],
    [
      'with a set that names kinds of its own',
      () =>
        datasetOf(contract, {
          ...tables,
          line: JSON.parse(JSON.stringify({ ...tables['line'], when: { path: 'type', in: ['placed'] } })),
        }),
      /line: a set has the elements of its owner/,
    ],
    [
      'with deletes of a table that only grows',
      () =>
        datasetOf(contract, {
          ...tables,
          missing: JSON.parse(JSON.stringify({ ...tables['missing'], deletes: { path: 'type', in: ['lost'] } })),
        }),
      /missing: nothing deletes from a table that only grows/,
    ],
    [
      'with deletes by a value that there is not',
      withPayment({ deletes: { path: 'type', in: ['void'] } }),
      /payment: deletes: type is never "void"/,
    ],
    [
      'with a table by the name of its deletes',
      () =>
        datasetOf(contract, {
          ...tables,
          thing: { kind: 'latest', key: ['id'], columns: { id }, deletes: { path: 'type', in: ['lost'] } },
          thing_deleted: { kind: 'latest', key: ['id'], columns: { id } },
        }),
      /thing_deleted: this table keeps what is deleted from thing/,
    ],
    [
      'with a column of a field that has a default in one kind only',
      () =>
        datasetOf(
          z.discriminatedUnion('type', [
            z.object({ type: z.literal('a'), time, id: z.int(), size: z.int().default(1) }),
            z.object({ type: z.literal('b'), time, id: z.int(), size: z.int() }),
          ]),
          { seen: { kind: 'latest', key: ['id'], columns: { id, size: { path: 'size', type: 'BIGINT' } } } },
        ),
      /seen\.size: the contract has no size that is of one type in every kind/,
    ],
    [
      'with a column of a part of an element that only some kinds have',
      () =>
        datasetOf(
          z.object({
            time,
            id: z.int(),
            parts: z.array(
              z.discriminatedUnion('k', [z.object({ k: z.literal('a'), x: z.int() }), z.object({ k: z.literal('b') })]),
            ),
          }),
          {
            seen: { kind: 'latest', key: ['id'], columns: { id } },
            part: {
              kind: 'set',
              owner: 'seen',
              array: 'parts',
              key: ['id'],
              distinct: ['x'],
              columns: { id, x: { path: '@.x', type: 'BIGINT' } },
            },
          },
        ),
      /part\.x: the contract has no @\.x/,
    ],
  ])('%s', (_, attempt, message) => {
    expect(attempt).toThrow(message)
  })
})
