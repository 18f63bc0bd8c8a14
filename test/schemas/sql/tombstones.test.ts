import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { LatestTable, Table } from '../../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { parsedBytesMax } from '../../../schemas/sql/verdict-sql.ts'
import { stageSql, streamTimeSql } from '../../../schemas/sql/stage-sql.ts'
import { datasetOf, TestJudge } from '../../oracle/judge.ts'
import type { Tombstone } from '../../oracle/recount.ts'

const receivedMs = 5
const judge = new TestJudge({ receivedMs })

/** A record with this key and without a value. */
function tombstone(key: string | Uint8Array | null): Tombstone {
  return { key: key === null ? null : Buffer.from(key) }
}

const time = z.int().min(0).max(9)
const id = { path: 'id', type: 'BIGINT' } as const
const at5 = '1970-01-01T00:00:00.005Z'

/** A dataset of one table with the key `id`, which tombstones name at a path of the record's key. */
function keyedBy(contract: z.ZodType, type: LatestTable['columns'][string]['type'], path = '$key'): DefinedDataset {
  const thing: Table = {
    kind: 'latest',
    key: ['id'],
    columns: { id: { path: 'id', type } },
    deletes: { tombstones: { id: path } },
  }
  return datasetOf(z.object({ time, id: contract }), { thing })
}

/** What a tombstone of this key deletes, as the engine's text, or why it is rejected. */
async function deletedBy(dataset: DefinedDataset, key: string | Uint8Array | null): Promise<string> {
  const [reason] = (await judge.rejections(dataset, [tombstone(key)])).values()
  const [row] = await judge.rows(dataset, 'thing_deleted', [tombstone(key)], { asTexts: true })
  expect(row === undefined).toBe(reason !== undefined)
  return reason ?? String(row?.['id'])
}

const uuid = '0b0c8a3e-53ea-4d0e-9d1f-3d7c8a3b1f10'

describe('the whole key', () => {
  it.each<[z.ZodType, LatestTable['columns'][string]['type'], string, string]>([
    [z.string(), 'VARCHAR', 'a "b"', 'a "b"'],
    [z.string(), 'VARCHAR', '', ''],
    [z.string(), 'VARCHAR', '{"id":1}', '{"id":1}'],
    [z.uuid(), 'VARCHAR', uuid, uuid],
    [z.uuid(), 'VARCHAR', 'x', '$key: expected a text of the format uuid'],
    [z.string(), 'UBIGINT', '18446744073709551615', '18446744073709551615'],
    [z.string(), 'UBIGINT', '-1', '$key: expected a value that fits UBIGINT, the type of the column thing.id'],
    [z.iso.date(), 'DATE', '2024-02-29', '2024-02-29'],
    [z.enum(['a', 'b']), 'VARCHAR', 'b', 'b'],
    [z.enum(['a', 'b']), 'VARCHAR', 'c', '$key: expected one of a, b, got a text'],
    [z.int().min(0).max(99), 'BIGINT', '42', '42'],
    [z.int().min(0).max(99), 'BIGINT', ' 42\n', '42'],
    [z.int().min(0).max(99), 'BIGINT', '100', '$key: expected an integer from 0 to 99, got another integer'],
    [z.int().min(0).max(99), 'BIGINT', 'x', '$key: expected an integer from 0 to 99'],
    [z.int().min(0).max(99), 'BIGINT', '', '$key: expected an integer from 0 to 99'],
    [z.int().min(0).max(99), 'BIGINT', '{"id":1}', '$key: expected an integer from 0 to 99, got an object'],
    [z.int(), 'HUGEINT', '42', '42'],
    [z.int(), 'INTEGER', '99999999999', '$key: expected a value that fits INTEGER, the type of the column thing.id'],
    [z.number(), 'DECIMAL(5,2)', '1.5', '1.50'],
    [z.boolean(), 'BOOLEAN', 'true', 'true'],
    [z.int(), 'TIMESTAMPTZ', '1500', '1970-01-01 00:00:01.5+00'],
  ])('is read as the field of its column in events, case %#', async (contract, type, key, expected) => {
    expect(await deletedBy(keyedBy(contract, type), key)).toBe(expected)
  })

  it.each<[string, string | Uint8Array | null, string]>([
    ['is missing', null, '$key: missing, and the record has no value'],
    ['is no text', new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0xff]), '$key: not valid UTF-8'],
    ['is too long', 'x'.repeat(parsedBytesMax + 1), '$key: longer than 2097152 bytes, which is not parsed'],
  ])('rejects a tombstone where it %s', async (_, key, reason) => {
    expect(await deletedBy(keyedBy(z.string(), 'VARCHAR'), key)).toBe(reason)
  })
})

describe('a field of the key', () => {
  const thing = keyedBy(z.int(), 'BIGINT', '$key.payload."my.id"')
  const range = 'an integer from -9007199254740991 to 9007199254740991'

  it.each([
    ['{"payload":{"my.id":7,"other":1},"schema":{"type":"struct"}}', '7'],
    ['{"payload":{"my.id":9007199254740991}}', '9007199254740991'],
    ['{"payload":{"my.id":9007199254740992}}', `$key.payload.my.id: expected ${range}, got another integer`],
    ['{"payload":{"my.id":"7"}}', `$key.payload.my.id: expected ${range}, got a text`],
    ['{"payload":{"my.id":7.0}}', `$key.payload.my.id: expected ${range}, got a fraction or a number beyond 64 bits`],
    ['{"payload":{"my.id":null}}', `$key.payload.my.id: expected ${range}, got null`],
    ['{"payload":{}}', '$key.payload.my.id: missing'],
    ['{"payload":[7]}', '$key.payload: expected an object, got an array'],
    ['{"id":7}', '$key.payload: missing'],
    ['7', '$key: expected an object, got an integer'],
    ['null', '$key: expected an object, got null'],
    ['{"payload":', '$key: not valid JSON'],
    ['', '$key: not valid JSON'],
    [`{"payload":{"my.id":7},"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, '7'],
  ])('is read, or says what is wrong: %.60s', async (key, expected) => {
    expect(await deletedBy(thing, key)).toBe(expected)
  })

  it.each([
    [String.raw`{"id":"\u00e9\u0000"}`, 'é\0'],
    [String.raw`{"id":"\ud800"}`, '$key: not valid JSON'],
  ])('is a text: %s', async (key, expected) => {
    expect(await deletedBy(keyedBy(z.string(), 'VARCHAR', '$key.id'), key)).toBe(expected)
  })
})

describe('tombstones', () => {
  const contract = z.discriminatedUnion('op', [
    z.object({ op: z.literal('d'), time, before: z.object({ id: z.int(), no: z.string() }) }),
    z.object({ op: z.literal('u'), time, id: z.int(), no: z.string() }),
  ])
  const no = { path: 'no', type: 'VARCHAR' } as const
  const other: Table = { kind: 'latest', key: ['id'], columns: { id } }
  const tables: Readonly<Record<string, Table>> = {
    other,
    item: {
      kind: 'latest',
      key: ['id', 'no'],
      columns: { id, no, at: { path: 'time', type: 'TIMESTAMPTZ' } },
      when: { path: 'op', in: ['u', 'd'] },
      deletes: {
        path: 'op',
        in: ['d'],
        key: { id: 'before.id', no: 'before.no' },
        tombstones: { no: '$key.no', id: '$key.id' },
      },
    },
    stock: { kind: 'latest', key: ['id'], columns: { id }, deletes: { tombstones: { id: '$key.id' } } },
    arrival: {
      kind: 'append',
      key: ['p', 'o'],
      columns: { p: { path: '$partition', type: 'INTEGER' }, o: { path: '$offset', type: 'BIGINT' } },
    },
    place: {
      kind: 'latest',
      key: ['o'],
      columns: { o: { path: '$offset', type: 'BIGINT' } },
    },
  }
  const items = datasetOf(contract, tables, { path: 'time', aheadMsMax: 9 })
  const sent = [
    '{"op":"u","time":9,"id":1,"no":"a"}',
    tombstone('{"no":"a","id":1}'),
    '{"op":"d","time":4,"before":{"id":2,"no":"b"}}',
    tombstone('{"no":7,"id":1}'),
  ]

  it('and events delete from one table, each by its own key and time', async () => {
    expect(await judge.rejections(items, sent)).toEqual(new Map([[3, '$key.no: expected a text, got an integer']]))
    expect(await judge.rows(items, 'item_deleted', sent)).toEqual([
      { deleted_at: '1970-01-01T00:00:00.004Z', id: 2n, no: 'b' },
      { deleted_at: at5, id: 1n, no: 'a' },
    ])
  })

  it('delete from each table that declares them, and no event does from one that declares nothing else', async () => {
    expect(await judge.rows(items, 'stock_deleted', sent)).toEqual([{ deleted_at: at5, id: 1n }])
  })

  it('feed no other table', async () => {
    expect(await judge.rows(items, 'arrival', sent)).toEqual([
      { p: 0, o: 0n },
      { p: 0, o: 2n },
    ])
    expect(await judge.rows(items, 'place', sent)).toEqual([{ o: 0n }, { o: 2n }])
    expect(await judge.rows(items, 'other', [tombstone('{"no":"a","id":1}')])).toEqual([])
  })

  it('move no stream time', async () => {
    const ofStream = async (records: Parameters<TestJudge['rejections']>[1]) => {
      await judge.rejections(items, records)
      const sql = `SELECT ${streamTimeSql(items)} AS ms FROM (${stageSql(items, 'incoming')})`
      return (await judge.session.rows(sql))[0]?.['ms']
    }
    expect(await ofStream(sent.slice(1, 3))).toBe(4n)
    expect(await ofStream(sent.slice(1, 2))).toBe(null)
  })

  it('come after the events of their millisecond that are dated more finely', async () => {
    const keyed = {
      thing: { kind: 'latest', key: ['id'], columns: { id }, deletes: { tombstones: { id: '$key' } } },
    } as const
    const timed = z.object({ id: z.int(), time: z.int().min(0).max(1e15) })
    const dataset = datasetOf(timed, keyed, { path: 'time', unit: 'us', aheadMsMax: 9 })
    const records = ['{"id":1,"time":5999}', tombstone('1'), '{"id":1,"time":6000}']
    await judge.rejections(dataset, records)
    const staged = await judge.session.rows(`SELECT _time FROM (${stageSql(dataset, 'incoming')}) ORDER BY _offset`)
    const times = staged.map(({ _time: time }) => Number(time))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times).toEqual([5999, 5999, 6000])
  })

  it('are rejected where no table declares them', async () => {
    const plain = datasetOf(contract, { other }, { path: 'time', aheadMsMax: 9 })
    expect(await judge.rejections(plain, [tombstone('1')])).toEqual(
      new Map([[0, 'the event: missing, the record has no value']]),
    )
  })

  it('change what is judged, and for events nothing', async () => {
    const { item, ...without } = tables
    const rules = [tables, { ...without, item: { ...item, deletes: { path: 'op', in: ['d'] } } }] as const
    const [one, two] = rules.map((declared) => datasetOf(contract, JSON.parse(JSON.stringify(declared))))
    expect(one?.contractHash).not.toBe(two?.contractHash)
    expect(one?.hash).not.toBe(two?.hash)
  })
})

describe('a declaration of tombstones', () => {
  const columns = { id, no: { path: 'no', type: 'VARCHAR' }, o: { path: '$offset', type: 'BIGINT' } } as const
  it.each<[string, object, RegExp]>([
    [
      'values without a field',
      { deletes: { in: ['d'], tombstones: { id: '$key' } } },
      /thing: deletes: in needs a path$/,
    ],
    [
      'no columns',
      { deletes: { tombstones: null } },
      /thing: deletes: tombstones says for each column of the key where it is: \{ id: '\$key.id' \}$/,
    ],
    [
      'a path alone',
      { deletes: { tombstones: '$key' } },
      /thing: deletes: tombstones says for each column of the key where it is: /,
    ],
    ['nothing', { deletes: {} }, /thing: deletes: it names neither events, by path and in, nor tombstones$/],
    [
      'a column that is not of the key',
      { deletes: { tombstones: { id: '$key.id', no: '$key.no' } } },
      /thing: deletes: tombstones: no is no column of its key$/,
    ],
    [
      'a column of the key that is left out',
      { key: ['id', 'no'], deletes: { tombstones: { id: '$key.id' } } },
      /thing: deletes: tombstones: they do not say where the record's key has no: no: '\$key'$/,
    ],
    [
      'the whole key for one of two columns',
      { key: ['id', 'no'], deletes: { tombstones: { id: '$key', no: '$key.no' } } },
      /thing: deletes: tombstones: id: \$key is the whole key, and thing has a key of 2 columns: name a field, as \$key\.id$/,
    ],
    [
      'a path that is none',
      { deletes: { tombstones: { id: 'id' } } },
      /id is no path of the record's key: it is \$key, or \$key\.id for a field of it$/,
    ],
    ['an empty name', { deletes: { tombstones: { id: '$key.' } } }, /is no path/],
    [
      'a key that is no field',
      { key: ['o'], deletes: { tombstones: { o: '$key' } } },
      /thing: deletes: tombstones: o is no field of the event, so nothing says how the record's key has it$/,
    ],
    [
      'rows of elements',
      { array: 'list', deletes: { tombstones: { id: '$key' } } },
      /thing: deletes: tombstones: a tombstone has no elements, and the rows of this table are elements of list$/,
    ],
    [
      'where events have the key, and no events',
      { deletes: { tombstones: { id: '$key' }, key: { id: 'no' } } },
      /thing: deletes: key says where events have it: say which events delete, path and in$/,
    ],
  ])('is refused with %s', (_, fields, message) => {
    const contract = z.object({ time, id: z.int(), no: z.string(), list: z.array(z.int()) })
    const thing = JSON.parse(JSON.stringify({ kind: 'latest', key: ['id'], columns, ...fields }))
    expect(() => datasetOf(contract, { thing })).toThrow(message)
  })
})
