import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Deletes, Table } from '../../../schemas/declare/dataset.ts'
import { mergedSql } from '../../../schemas/sql/table-sql.ts'
import { datasetOf, TestJudge } from '../../oracle/judge.ts'

const judge = new TestJudge()

const time = z.int().min(0).max(1)
const id = { path: 'id', type: 'BIGINT' } as const

describe('what a kind does not declare', () => {
  const mixed = z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('a'),
      time,
      id: z.int(),
      x: z.int().min(0).max(100),
      d: z.object({ x: z.boolean() }),
      l: z.array(z.int()),
    }),
    z.object({ kind: z.literal('b'), time, id: z.int(), d: z.object({ y: z.string() }).optional() }),
    z.object({ kind: z.literal(1), time, id: z.int() }),
  ])
  const seen: Table = {
    kind: 'latest',
    key: ['id'],
    columns: {
      id,
      kind: { path: 'kind', type: 'JSON' },
      x: { path: 'x', type: 'INTEGER' },
      at: { path: 'x', type: 'TIMESTAMPTZ', from: 's' },
      dx: { path: 'd.x', type: 'BOOLEAN' },
      dy: { path: 'd.y', type: 'VARCHAR' },
      l: { path: 'l', type: 'BIGINT[]' },
    },
  }
  const all = datasetOf(mixed, { seen })

  it.each(['99999999999', '-5', '"12"', '1.6', 'true', '{"a":1}', '1e400', '"\\ud83d"'])(
    'is seen by no column and refuses no event: %s',
    async (value) => {
      const text = `{"kind":"b","time":1,"id":1,"x":${value},"l":[${value}],"d":{"x":${value},"y":"why"}}`
      expect(await judge.rejections(all, [text])).toEqual(new Map())
      const rows = await judge.rows(all, 'seen', [text], { asTexts: true })
      expect(rows).toEqual([{ id: '1', kind: '"b"', x: null, at: null, dx: null, dy: 'why', l: null }])
    },
  )

  it('is no matter of other kinds, whose fields are read', async () => {
    const text = '{"kind":"a","time":1,"id":1,"x":7,"d":{"x":true,"y":"no"},"l":[1]}'
    expect(await judge.rows(all, 'seen', [text, '{"kind":1,"time":1,"id":2}'], { asTexts: true })).toEqual([
      { id: '1', kind: '"a"', x: '7', at: '1970-01-01 00:00:07+00', dx: 'true', dy: null, l: '[1]' },
      { id: '2', kind: '1', x: null, at: null, dx: null, dy: null, l: null },
    ])
  })
})

describe('names of fields that differ in case alone', () => {
  it('are told apart where they are of different kinds', async () => {
    const cases = datasetOf(
      z.object({
        time,
        body: z.discriminatedUnion('k', [
          z.object({ k: z.literal('a'), B: z.object({ x: z.int() }) }),
          z.object({ k: z.literal('b'), b: z.array(z.literal([1, 'a'])) }),
        ]),
      }),
    )
    const bodies = [
      '{"k":"a","B":{"x":1},"b":7}',
      '{"k":"b","b":[1,"a"],"B":7}',
      '{"k":"a","b":[1]}',
      '{"k":"b","B":{"x":1}}',
    ]
    const reasons = await judge.rejections(
      cases,
      bodies.map((body) => `{"time":1,"body":${body}}`),
    )
    expect([...reasons]).toEqual([
      [2, 'body.B: missing'],
      [3, 'body.b: missing'],
    ])
  })
})

describe('a field that kinds have in two forms', () => {
  it('is misfit only where its table is fed', async () => {
    const forms = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), time, id: z.int(), x: z.string() }),
      z.object({ kind: z.literal('b'), time, id: z.int(), x: z.string() }),
    ])
    const made = datasetOf(forms, {
      money: {
        kind: 'latest',
        key: ['id'],
        columns: { id, x: { path: 'x', type: 'DECIMAL(5,2)' } },
        when: { path: 'kind', in: ['a'] },
      },
      word: {
        kind: 'latest',
        key: ['id'],
        columns: { id, x: { path: 'x', type: 'VARCHAR' } },
        when: { path: 'kind', in: ['b'] },
      },
    })
    const texts = [
      '{"kind":"a","time":1,"id":1,"x":"1.50"}',
      '{"kind":"b","time":1,"id":2,"x":"words"}',
      '{"kind":"a","time":1,"id":3,"x":"words"}',
    ]
    expect([...(await judge.rejections(made, texts)).keys()]).toEqual([2])
    expect(await judge.rows(made, 'money', texts)).toEqual([{ id: 1n, x: 1.5 }])
    expect(await judge.rows(made, 'word', texts)).toEqual([{ id: 2n, x: 'words' }])
  })
})

describe("Debezium's envelope", () => {
  const row = z.object({ id: z.int(), name: z.string() })
  const envelope = z.object({
    op: z.enum(['c', 'u', 'd', 'r']),
    ts_ms: time,
    before: row.nullish(),
    after: row.nullish(),
  })
  const customer: Table = {
    kind: 'latest',
    key: ['id'],
    columns: { id: { path: 'after.id', type: 'BIGINT' }, name: { path: 'after.name', type: 'VARCHAR' } },
    deletes: { path: 'op', in: ['d'], key: { id: 'before.id' } },
  }
  const changes = datasetOf(envelope, { customer }, { path: 'ts_ms', aheadMsMax: 0 })
  const one = { id: 1, name: 'one' }

  it('deletes the row that is in `before`', async () => {
    const events = [
      { op: 'c', ts_ms: 0, after: one },
      { op: 'c', ts_ms: 0, after: { id: 2, name: 'two' } },
      { op: 'd', ts_ms: 1, before: one, after: null },
    ].map((event) => JSON.stringify(event))
    expect(await judge.rows(changes, 'customer_deleted', events)).toEqual([
      { deleted_at: '1970-01-01T00:00:00.001Z', id: 1n },
    ])
    expect(mergedSql(changes, { name: 'customer', batch: 'b', speed: 's' })).toContain('customer_deleted')
  })

  it.each<[string, Deletes, RegExp]>([
    [
      'a path that there is not',
      { path: 'op', in: ['d'], key: { id: 'before.no' } },
      /customer: deletes: id: the contract has no before\.no/,
    ],
    [
      'a column that is not of the key',
      { path: 'op', in: ['d'], key: { name: 'before.name' } },
      /customer: deletes: name is no column of its key/,
    ],
  ])('is refused with %s', (_, deletes, message) => {
    expect(() => datasetOf(envelope, { customer: { ...customer, deletes } }, { path: 'ts_ms', aheadMsMax: 0 })).toThrow(
      message,
    )
  })
})
