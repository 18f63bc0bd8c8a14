import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasCode } from '../../../schemas/errors.ts'
import { runStatement } from '../../../serving/replica/run-statement.ts'
import type { Statement } from '../../../serving/replica/run-statement.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'`)
})

afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

const caps = { params: [], rowsMax: 10_000, bytesMax: 10_000_000, timeoutMs: 30_000 }

function run(sql: string, options: Partial<Statement> = {}): ReturnType<typeof runStatement> {
  return runStatement(connection, { ...caps, sql, ...options })
}

async function value(expression: string, params: Statement['params'] = []): Promise<unknown> {
  return (await run(`SELECT ${expression}`, { params })).rows[0]?.[0]
}

async function failure(
  sql: string,
  options: Partial<Statement> = {},
): Promise<{ code: string; message: string; details: unknown }> {
  const error = await run(sql, options).catch((thrown: unknown) => thrown)
  if (error instanceof Error && 'code' in error && 'details' in error) {
    return { code: String(error.code), message: error.message, details: error.details }
  }
  throw new Error(`${sql} did not fail on purpose: ${JSON.stringify(error)}`)
}

describe('values', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['-9007199254740992', '-9007199254740992'],
    ['sum(range)::HUGEINT FROM range(4)', 6],
    ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
    ['1.50', 1.5],
    ['0.1::DECIMAL(38, 20)', '0.10000000000000000000'],
    ['12345678901234567890.5', '12345678901234567890.5'],
    [`'NaN'::DOUBLE`, 'NaN'],
    [`'-inf'::DOUBLE`, '-Infinity'],
    ['NULL', null],
    ['true', true],
    [`'\\x00\\xFF'::BLOB`, 'AP8='],
    [`TIMESTAMPTZ '2017-03-19 14:00:00+02'`, '2017-03-19T12:00:00Z'],
    [`TIMESTAMPTZ '2017-03-19 12:00:00.5Z'`, '2017-03-19T12:00:00.500Z'],
    [`TIMESTAMPTZ '2017-03-19 12:00:00.000007Z'`, '2017-03-19T12:00:00.000007Z'],
    [`TIMESTAMPTZ '1969-12-31 23:59:59.999999Z'`, '1969-12-31T23:59:59.999999Z'],
    [`TIMESTAMP '2017-03-19 12:00:00'`, '2017-03-19T12:00:00Z'],
    [`TIMESTAMP_S '2017-03-19 12:00:00'`, '2017-03-19T12:00:00Z'],
    [`TIMESTAMP_MS '2017-03-19 12:00:00.123'`, '2017-03-19T12:00:00.123Z'],
    [`TIMESTAMP_NS '2017-03-19 12:00:00.123456'`, '2017-03-19T12:00:00.123456Z'],
    [`TIMESTAMP_NS '2017-03-19 12:00:00.123456789'`, '2017-03-19T12:00:00.123456789Z'],
    [`TIMESTAMP_NS '1969-12-31 23:59:59.999999999'`, '1969-12-31T23:59:59.999999999Z'],
    [`'infinity'::TIMESTAMPTZ`, 'infinity'],
    [`DATE '2017-03-19'`, '2017-03-19'],
    [`TIME '12:34:56.5'`, '12:34:56.5'],
    [`INTERVAL 26 HOUR`, '26:00:00'],
    [`'db06108c-22a8-43ac-88cd-537b16305d55'::UUID`, 'db06108c-22a8-43ac-88cd-537b16305d55'],
    [`[1, NULL, 9007199254740993]`, [1, null, '9007199254740993']],
    [`[1, 2]::INT[2]`, [1, 2]],
    [`{'a': 1, 'b c': {'d': DATE '2017-03-19'}}`, { a: 1, 'b c': { d: '2017-03-19' } }],
    [`map {'a': 1}`, { a: 1 }],
    [`map {1: 'x'}`, { 1: 'x' }],
    [`'a'::ENUM ('a', 'b')`, 'a'],
    [`'{"a": 1}'::JSON`, '{"a": 1}'],
    [`union_value(k := 7)`, { k: 7 }],
    [`'101'::BIT`, '101'],
    [`'日本 😀' || chr(0)`, '日本 😀\0'],
  ])('%s is ready for JSON', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected)
  })

  it.each([
    [`{'__proto__': 1, 'a': 2}`, '{"__proto__":1,"a":2}'],
    [`{'__proto__': {'__proto__': 1}}`, '{"__proto__":{"__proto__":1}}'],
    [`[{'__proto__': 1}]`, '[{"__proto__":1}]'],
    [`[{'__proto__': 1}]::STRUCT("__proto__" INT)[1]`, '[{"__proto__":1}]'],
    [`map {'__proto__': {'__proto__': 1}}`, '{"__proto__":{"__proto__":1}}'],
    [`map {{'__proto__': 1}: 2}`, '{"{\\"__proto__\\":1}":2}'],
    [`union_value("__proto__" := {'__proto__': 1})`, '{"__proto__":{"__proto__":1}}'],
    [`{'constructor': 1, 'toString': 2, '.': 3, '.a': 4}`, '{"constructor":1,"toString":2,".":3,".a":4}'],
    [`(1, {'__proto__': 2}, (3, NULL))`, '[1,{"__proto__":2},[3,null]]'],
    [`NULL::STRUCT("__proto__" INT)`, 'null'],
    [
      `map {TIMESTAMP_NS '2017-03-19 12:00:00.000000001': 1, TIMESTAMP_NS '2017-03-19 12:00:00.000000002': 2}`,
      '{"2017-03-19T12:00:00.000000001Z":1,"2017-03-19T12:00:00.000000002Z":2}',
    ],
  ])('%s keeps every name', async (expression, expected) => {
    expect(JSON.stringify(await value(expression))).toBe(expected)
  })

  it('reads structs of many chunks, and those of rows that are null', async () => {
    const { rows } = await run(`SELECT CASE WHEN range % 2 = 0 THEN {'__proto__': range} END AS s FROM range(5000)`)
    expect(rows.map(([held]) => JSON.stringify(held))).toEqual(
      Array.from({ length: 5000 }, (_, n) => (n % 2 === 0 ? `{"__proto__":${n}}` : 'null')),
    )
  })

  it('refuses a VARIANT, whose names it could not keep', async () => {
    expect(await failure(`SELECT [{'a': {'__proto__': 1}::VARIANT}]`)).toMatchObject({
      code: 'SQL_INVALID',
      message: expect.stringContaining('cast it to JSON'),
    })
    expect(await value(`{'__proto__': 1}::VARIANT::JSON`)).toBe('{"__proto__":1}')
  })

  it('takes parameters by position and by name, with integers that compare as BIGINT', async () => {
    expect(await value('$1 + ?2', [1n, 2n])).toBe(3)
    expect(await value('typeof($id)', { id: 5n })).toBe('BIGINT')
    expect(await value('typeof($id)', { id: 2n ** 64n })).toBe('HUGEINT')
    expect(await value('$x', { x: 1e300 })).toBe(1e300)
    expect(await value('octet_length($b)', { b: new Uint8Array(3) })).toBe(3)
    expect(await value('$x', { x: null })).toBeNull()
  })
})

it('names each column once and gives the type as the engine says it', async () => {
  const { columns } = await run(`SELECT 1 AS a, 'x' AS a, now() AS a_1, '{}'::JSON AS j, {'k': 1} AS s`)
  expect(columns).toEqual([
    { name: 'a', type: 'INTEGER' },
    { name: 'a_1', type: 'VARCHAR' },
    { name: 'a_1_1', type: 'TIMESTAMP WITH TIME ZONE' },
    { name: 'j', type: 'JSON' },
    { name: 's', type: 'STRUCT("k" INTEGER)' },
  ])
})

describe('caps', () => {
  it('stops at the row cap and says so only where there was more', async () => {
    expect(await run('FROM range(5)', { rowsMax: 5 })).toMatchObject({
      rows: [[0], [1], [2], [3], [4]],
      isTruncated: false,
    })
    expect(await run('FROM range(6)', { rowsMax: 5 })).toMatchObject({
      rows: [[0], [1], [2], [3], [4]],
      isTruncated: true,
    })
    expect(await run('FROM range(2)', { rowsMax: 0 })).toMatchObject({ rows: [], isTruncated: true })
  })

  it('leaves the transaction usable where it stopped early', async () => {
    await connection.run('BEGIN')
    await run('FROM range(1_000_000_000)', { rowsMax: 5 })
    expect(await failure(`SELECT repeat('x', 1000) FROM range(100000)`, { bytesMax: 5_000 })).toMatchObject({
      code: 'QUERY_CAP_EXCEEDED',
    })
    expect(await value('42')).toBe(42)
    await connection.run('COMMIT')
  })

  it('interrupts a statement that is late, and the connection answers on', async () => {
    for (const sql of [
      'SELECT count(*) FROM range(1_000_000_000_000)',
      'SELECT sum(a.range * b.range) FROM range(10_000_000) a, range(10_000_000) b',
    ]) {
      expect(await failure(sql, { timeoutMs: 20 })).toMatchObject({ code: 'QUERY_TIMEOUT' })
    }
    expect(await value('42')).toBe(42)
  })

  it('interrupts a statement whose caller goes, and runs none whose caller has gone', async () => {
    const gone = new AbortController()
    const running = failure('SELECT count(*) FROM range(1_000_000_000_000)', { signal: gone.signal })
    gone.abort()
    expect(await running).toMatchObject({ code: 'CLOSED' })
    expect(await failure('SELECT 1', { signal: gone.signal })).toMatchObject({ code: 'CLOSED' })
    expect(await value('42')).toBe(42)
  })

  it('interrupts a statement whose time was over before it began', async () => {
    expect(await failure('SELECT count(*) FROM range(1_000_000_000_000)', { timeoutMs: 0 })).toMatchObject({
      code: 'QUERY_TIMEOUT',
    })
  })

  it('says that memory ran out', async () => {
    await connection.run(`SET memory_limit = '50MB'`)
    const error = await failure(`SELECT list(range::VARCHAR || repeat('x', 20)) FROM range(10_000_000)`)
    await connection.run(`RESET memory_limit`)
    expect(error).toMatchObject({ code: 'QUERY_CAP_EXCEEDED' })
  })
})

describe('faults of the statement', () => {
  it.each([
    ['selec 1', { line: 1, column: 1 }],
    ['SELECT 1,\n  nix\nFROM (SELECT 1 AS a)', { line: 2, column: 3 }],
    [`SELECT\n CAST('a' AS INT)`, { line: 2, column: 2 }],
    [`SELECT ${'1, '.repeat(200)} nix FROM (SELECT 1 AS a)`, { line: 1, column: 609 }],
  ])('%s has a position', async (sql, position) => {
    expect(await failure(sql)).toMatchObject({ code: 'SQL_INVALID', details: { position } })
  })

  it.each([
    ['', /no statement/],
    ['-- nothing', /no statement/],
    ['SELECT 1; SELECT 2', /one statement/],
    ['CREATE TABLE x (a INT)', /SELECT/],
    ['EXPLAIN SELECT 1', /SELECT/],
    ['SELECT 1 \0 FROM nix', /NUL/],
    ['SELECT ?', /parameters: 1/],
    [`SELECT error('boom')`, /boom/],
  ])('%s is refused', async (sql, message) => {
    expect(await failure(sql)).toMatchObject({ code: 'SQL_INVALID', message: expect.stringMatching(message) })
  })

  it('refuses parameters that the statement does not have', async () => {
    expect(await failure('SELECT ?', { params: [1, 2] })).toMatchObject({ code: 'SQL_INVALID' })
    expect(await failure('SELECT $a', { params: { b: 1 } })).toMatchObject({ code: 'SQL_INVALID' })
  })

  it('passes on an error that is the engine’s own', async () => {
    const error = await run(`FROM read_text('/nix/nix')`).catch((thrown: unknown) => thrown)
    expect(hasCode(error, 'SQL_INVALID')).toBe(false)
  })
})
