import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Column, SetTable, Table } from '../../../schemas/declare/dataset.ts'
import { datasetOf, TestJudge } from '../../oracle/judge.ts'
import { throwBriefly } from '../../oracle/throw-briefly.ts'

const judge = new TestJudge()

const order: Table = {
  kind: 'latest',
  key: ['id'],
  columns: { id: { path: 'id', type: 'BIGINT' } },
}

/** A set of an order: one row for each element of `from`, told apart by all of its columns. */
function setOf(
  from: { readonly array: string } | { readonly entries: string },
  columns: Readonly<Record<string, Column>>,
  distinct: readonly string[] = Object.keys(columns),
): SetTable {
  return { kind: 'set', owner: 'order', key: ['id'], distinct, columns: { ...order.columns, ...columns }, ...from }
}

/** The rows of a set of one order, without its id, and how many elements were dropped. */
async function unnested(contract: z.core.$ZodShape, set: SetTable, event: object) {
  const dataset = datasetOf(z.object({ time: z.int().min(0).max(1), id: z.int(), ...contract }), { order, part: set })
  const texts = [JSON.stringify({ time: 1, id: 1, ...event })]
  expect(await judge.rejections(dataset, texts)).toEqual(new Map())
  const rows = await judge.rows(dataset, 'part', texts)
  const owners = await judge.rows(dataset, 'order', texts)
  const values = rows.map((row) => Object.entries(row).flatMap(([name, value]) => (name === 'id' ? [] : [value])))
  return { rows: values, dropped: Number(owners[0]?.['part_dropped']) }
}

describe('the rows of a set', () => {
  it('are the scalars of an array', async () => {
    const set = setOf({ array: 'tags' }, { tag: { path: '@', type: 'VARCHAR' } })
    const tags = z.array(z.string().nullable())
    expect(await unnested({ tags }, set, { tags: ['a', 'b', 'a', null] })).toEqual({ rows: [['a'], ['b']], dropped: 2 })
  })

  it('are told apart by their position, where nothing else does', async () => {
    const columns = { line: { path: '@index', type: 'INTEGER' }, sku: { path: '@.sku', type: 'VARCHAR' } } as const
    const lines = z.array(z.object({ sku: z.string().nullish() }))
    const event = { lines: [{ sku: 'cup' }, { sku: 'cup' }, {}] }
    expect(await unnested({ lines }, setOf({ array: 'lines' }, columns, ['line']), event)).toEqual({
      rows: [
        [0, 'cup'],
        [1, 'cup'],
        [2, null],
      ],
      dropped: 0,
    })
  })

  it('are the values of a map of scalars, with their names', async () => {
    const columns = { name: { path: '@key', type: 'VARCHAR' }, value: { path: '@', type: 'DECIMAL(9,2)' } } as const
    const sizes = z.record(z.string(), z.number())
    const event = { sizes: { height: 1.25, 'a.b': 2 } }
    expect((await unnested({ sizes }, setOf({ entries: 'sizes' }, columns, ['name']), event)).rows).toEqual([
      ['a.b', 2],
      ['height', 1.25],
    ])
  })

  it('have fields whose names paths use themselves', async () => {
    const columns = {
      dotted: { path: '@."unit.price"', type: 'BIGINT' },
      dashed: { path: '@.unit-price', type: 'BIGINT' },
      spaced: { path: '@."a \\"b\\" [c]".d e', type: 'BIGINT' },
    } as const
    const lines = z.array(
      z.object({ 'unit.price': z.int(), 'unit-price': z.int(), 'a "b" [c]': z.object({ 'd e': z.int() }) }),
    )
    const event = { lines: [{ 'unit.price': 1, 'unit-price': 2, 'a "b" [c]': { 'd e': 3 } }] }
    expect((await unnested({ lines }, setOf({ array: 'lines' }, columns), event)).rows).toEqual([[1, 2, 3].map(BigInt)])
  })
})

describe('arrays in arrays', () => {
  const shape = {
    orders: z
      .array(
        z.object({
          no: z.int(),
          lines: z.array(z.object({ sku: z.string(), discounts: z.array(z.number()).nullish() })).nullish(),
        }),
      )
      .nullish(),
  }
  const columns: Readonly<Record<string, Column>> = {
    order_index: { path: 'orders[].@index', type: 'BIGINT' },
    order_no: { path: 'orders[].no', type: 'BIGINT' },
    line_index: { path: 'orders[].lines[].@index', type: 'BIGINT' },
    sku: { path: 'orders[].lines[].sku', type: 'VARCHAR' },
    index: { path: '@index', type: 'BIGINT' },
    discount: { path: '@', type: 'DECIMAL(4,2)' },
  }
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
  const events = fc.record({
    orders: optional(
      fc.array(
        fc.record({
          no: fc.nat(3),
          lines: optional(
            fc.array(
              fc.record({
                sku: fc.constantFrom('a', 'b'),
                discounts: optional(fc.array(fc.constantFrom(0.5, 1, 2.25), { maxLength: 3 })),
              }),
              { maxLength: 3 },
            ),
          ),
        }),
        { maxLength: 3 },
      ),
    ),
  })

  it('have a row for each innermost element, with what is around it', async () => {
    const set = setOf({ array: 'orders[].lines[].discounts' }, columns, ['order_index', 'line_index', 'index'])
    const run = await fc.check(
      fc.asyncProperty(events, async (event) => {
        const expected = (event.orders ?? []).flatMap(({ no, lines }, o) =>
          (lines ?? []).flatMap(({ sku, discounts }, l) =>
            (discounts ?? []).map((discount, d) => [BigInt(o), BigInt(no), BigInt(l), sku, BigInt(d), discount]),
          ),
        )
        expect(await unnested(shape, set, event)).toEqual({ rows: expected, dropped: 0 })
      }),
      { numRuns: 60 },
    )
    throwBriefly(run)
  })

  it('count the elements that a set drops', async () => {
    const set = setOf({ array: 'orders[].lines[]' }, { sku: { path: '@.sku', type: 'VARCHAR' } })
    const lines = [{ sku: 'a' }, { sku: 'b' }]
    const event = {
      orders: [
        { no: 1, lines },
        { no: 2, lines: null },
        { no: 3, lines },
      ],
    }
    expect(await unnested(shape, set, event)).toEqual({ rows: [['a'], ['b']], dropped: 2 })
  })

  it('are latest tables as well: the newest event that has an element wins', async () => {
    const latest: Table = {
      kind: 'latest',
      array: 'orders[].lines',
      key: ['sku'],
      columns: { sku: { path: '@.sku', type: 'VARCHAR' }, order_no: { path: 'orders[].no', type: 'BIGINT' } },
    }
    const dataset = datasetOf(z.object({ time: z.int().min(0).max(1), ...shape }), { latest })
    const event = (time: number, no: number, ...skus: readonly string[]) =>
      JSON.stringify({ time, orders: [{ no, lines: skus.map((sku) => ({ sku })) }] })
    const rows = await judge.rows(dataset, 'latest', [event(1, 7, 'a', 'b', 'b'), event(0, 8, 'b', 'c')])
    expect(rows).toEqual([
      { sku: 'a', order_no: 7n },
      { sku: 'b', order_no: 7n },
      { sku: 'c', order_no: 8n },
    ])
  })

  it('reject an event with an element that does not fit, by its place', async () => {
    const set = setOf({ array: 'orders[].lines[].discounts' }, columns, ['order_index', 'line_index', 'index'])
    const dataset = datasetOf(z.object({ time: z.int().min(0).max(1), id: z.int(), ...shape }), { order, part: set })
    const texts = [0.5, 0.125].map((discount) =>
      JSON.stringify({ time: 1, id: 1, orders: [{ no: 1, lines: [{ sku: 'a', discounts: [1, discount] }] }] }),
    )
    expect([...(await judge.rejections(dataset, texts)).values()]).toEqual([
      'orders[].lines[].discounts[]: expected a value that fits DECIMAL(4,2), the type of the column part.discount',
    ])
  })
})
