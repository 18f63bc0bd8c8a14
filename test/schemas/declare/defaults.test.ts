import { expect, it } from 'vitest'
import { z } from 'zod'
import type { Table } from '../../../schemas/declare/dataset.ts'
import { datasetOf } from '../../oracle/judge.ts'

const time = z.int().min(0).max(1e12)
const price = z.number().default(100)
const id = { path: 'id', type: 'BIGINT' } as const
const thing = (columns: Table['columns'] = {}): Table => ({ kind: 'latest', key: ['id'], columns: { id, ...columns } })
const sold = z.object({ type: z.literal('sold'), time, id: z.int(), price })

it.each<[string, z.ZodType, Readonly<Record<string, Table>>, string]>([
  [
    'of a field',
    z.object({ time, id: z.int(), price }),
    { thing: thing({ price: { path: 'price', type: 'DECIMAL(4,2)' } }) },
    'made: thing.price: the default of price, 100, does not fit DECIMAL(4,2), so that every event without price would be rejected',
  ],
  [
    'of a field of an object',
    z.object({ time, id: z.int(), paid: z.object({ on: z.string().default('today') }).nullish() }),
    { thing: thing({ day: { path: 'paid.on', type: 'DATE' } }) },
    'made: thing.day: the default of paid.on, "today", does not fit DATE',
  ],
  [
    'of a field of an element',
    z.object({ time, id: z.int(), lines: z.array(z.object({ price })) }),
    {
      thing: thing(),
      line: {
        kind: 'set',
        owner: 'thing',
        key: ['id'],
        array: 'lines',
        distinct: ['at'],
        columns: { id, at: { path: '@index', type: 'BIGINT' }, price: { path: '@.price', type: 'DECIMAL(4,2)' } },
      },
    },
    'made: line.price: the default of @.price, 100, does not fit DECIMAL(4,2)',
  ],
  [
    'of a field of every kind that declares it',
    z.discriminatedUnion('type', [sold, sold.extend({ type: z.literal('offered') })]),
    { thing: thing({ price: { path: 'price', type: 'DECIMAL(4,2)' } }) },
    'made: thing.price: the default of price, 100, does not fit DECIMAL(4,2)',
  ],
  [
    'of a field that names the key of what is deleted',
    z.object({ time, id: z.int(), gone: z.boolean().optional(), was: z.int().default(2 ** 40) }),
    {
      thing: {
        kind: 'latest',
        key: ['id'],
        columns: { id: { path: 'id', type: 'BIGINT' }, n: { path: 'time', type: 'BIGINT' } },
        deletes: { path: 'gone', in: [true] },
      },
      small: {
        kind: 'latest',
        key: ['id'],
        columns: { id: { path: 'time', type: 'INTEGER' } },
        deletes: { path: 'gone', in: [true], key: { id: 'was' } },
      },
    },
    'made: small: deletes: id: the default of was, 1099511627776, does not fit INTEGER',
  ],
])(
  'a default %s that does not fit its column is refused, by table, column, field, default and type',
  (_name, contract, tables, message) => {
    expect(() => datasetOf(contract, tables)).toThrow(message)
  },
)

it('a default that fits is taken', () => {
  const contract = z.object({
    time,
    id: z.int(),
    price: z.number().default(99.99),
    on: z.string().default('2017-03-19'),
  })
  const columns = { price: { path: 'price', type: 'DECIMAL(4,2)' }, on: { path: 'on', type: 'DATE' } } as const
  expect(() => datasetOf(contract, { thing: thing(columns) })).not.toThrow()
})
