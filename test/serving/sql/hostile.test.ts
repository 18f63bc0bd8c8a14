import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { array, assert, asyncProperty, constantFrom, nat, tuple } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockStatements } from '../../../serving/sql/lock-engine.ts'
import { expectWorking, makeWorkerFolder, openSqlWorkers, outcome } from './open-sql-workers.ts'
import type { TestWorkers } from './open-sql-workers.ts'

const canary = 'canary-5b7e'
let folder: string
let remove: () => Promise<void>
let hostile: TestWorkers
let others: TestWorkers

beforeAll(async () => {
  ;({ folder, remove } = await makeWorkerFolder())
  await writeFile(join(folder, 'canary.csv'), `${canary}\n`)
  hostile = openSqlWorkers(folder, { environment: { TEST_SECRET: canary } })
  others = openSqlWorkers(folder)
  // A statement with a short time-out would otherwise fail because no worker has started yet.
  await Promise.all([hostile, others].map(({ workers }) => expectWorking(workers)))
})

afterAll(async () => {
  await Promise.all([hostile.close(), others.close()])
  await remove()
})

const innocent = 'SELECT sum(member_id) FROM rsvp.member'

/** Runs it while someone else's statement runs, then an innocent one in the same worker. */
async function attack(sql: string, timeoutMs = 400): Promise<string> {
  const other = outcome(others.workers, innocent)
  const result = await outcome(hostile.workers, sql, { timeoutMs, bytesMax: 5_000_000 })
  const beside = await other
  const next = await outcome(hostile.workers, innocent)
  // The attack's own end, and those of workers, are shown with theirs: they tell what a failure of theirs comes from.
  const ends = { attack: result, losses: hostile.losses.slice(-3), lossesBeside: others.losses.slice(-3) }
  expect({ ...ends, beside, next }).toEqual({ ...ends, beside: 'answered 6', next: 'answered 6' })
  return result
}

/** Each would show the canary if it ran in an engine that lets it. */
function readsOf(path: string): readonly string[] {
  return [
    `SELECT * FROM read_csv('${path}', header := false)`,
    `FROM read_text('${path}')`,
    `SELECT content FROM read_text('${path}')`,
    `SELECT content::VARCHAR FROM read_blob('${path}')`,
    `SELECT * FROM '${path}'`,
    `SELECT * FROM "${path}"`,
    `WITH x AS (FROM read_text('${path}')) SELECT content FROM x`,
    `SELECT (SELECT content FROM read_text('${path}'))`,
    `SELECT content FROM query('FROM read_text(''${path}'')')`,
    `FROM read_json_objects('${path}', format := 'unstructured')`,
    `SELECT prompt FROM sniff_csv('${path}')`,
    `DESCRIBE FROM '${path}'`,
    `SUMMARIZE FROM '${path}'`,
  ]
}

describe('files', () => {
  it('are read by these statements where nothing stops them (control)', async () => {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const shown = await Promise.all(
      readsOf(join(folder, 'canary.csv')).map(async (sql) => {
        const reader = await connection.runAndReadAll(sql).catch(() => null)
        return JSON.stringify(reader?.getRowsJson() ?? null).includes(canary)
      }),
    )
    connection.closeSync()
    instance.closeSync()
    expect(shown.filter(Boolean).length).toBeGreaterThan(8)
  })

  it('are not read by the locked engine, guard or not', async () => {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    for (const sql of lockStatements({ readableFolder: join(folder, 'native'), spillBytesMax: 1024 * 1024 }))
      await connection.run(sql)
    for (const sql of [
      ...readsOf(join(folder, 'canary.csv')),
      ...readsOf(join(folder, 'native', '..', 'canary.csv')),
      `ATTACH '${join(folder, 'other.duckdb')}'`,
      `COPY (SELECT 1) TO '${join(folder, 'written.csv')}'`,
      'INSTALL httpfs',
      'LOAD httpfs',
      'SET enable_external_access = true',
      `SET allowed_directories = ['/']`,
      'SET lock_configuration = false',
      `SET memory_limit = '100GB'`,
      'CREATE PERSISTENT SECRET (TYPE s3)',
    ]) {
      const result = await connection.runAndReadAll(sql).then((reader) => JSON.stringify(reader.getRowsJson()), String)
      expect(result).toMatch(/Permission Error|configuration has been locked|does not exist|Error/)
      expect(result).not.toContain(canary)
    }
    connection.closeSync()
    instance.closeSync()
  })

  it('are not reached by these statements, nor by any mutation of them', async () => {
    const path = join(folder, 'canary.csv')
    const corpus = [
      ...readsOf(path),
      ...readsOf(join(folder, 'native', '..', 'canary.csv')),
      `SELECT * FROM glob('${folder}/*')`,
      `SELECT getenv('TEST_SECRET')`,
      `SELECT * FROM duckdb_settings()`,
      `COPY (SELECT 1) TO '${path}'`,
      `ATTACH '${path}'`,
      `FROM enable_logging(storage := 'file', storage_path := '${folder}')`,
      `SELECT error((SELECT content FROM read_text('${path}')))`,
      `SELECT 1; ${readsOf(path)[1]}`,
      `PRAGMA database_list`,
      innocent,
      `WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) FROM r`,
    ]
    for (const sql of corpus) expect(await attack(sql)).not.toContain(canary)
    const pieces = constantFrom(
      ...corpus.flatMap((sql) => sql.split(/(\b|(?=[^\w]))/)),
      ...corpus,
      '\0',
      '/*',
      '*/',
      '--',
      '\n',
      ';',
      '"',
      "'",
      '(',
      ')',
      'ｓ',
      'ſ',
    )
    const mutations = tuple(
      constantFrom(...corpus),
      array(tuple(nat(200), nat(12), pieces), { minLength: 1, maxLength: 4 }),
    )
    await assert(
      asyncProperty(mutations, async ([sql, edits]) => {
        const mutated = edits.reduce((text, [at, cut, piece]) => text.slice(0, at) + piece + text.slice(at + cut), sql)
        const result = await outcome(hostile.workers, mutated, { timeoutMs: 2_000 })
        expect(result).not.toContain(canary)
      }),
      { numRuns: 400, seed: 20170319 },
    )
    expect(await outcome(hostile.workers, innocent)).toBe('answered 6')
  })
})

describe('statements that are refused', () => {
  it.each([
    `FROM enable_logging(level := 'debug')`,
    `FROM enable_logging('x', storage := 'file', storage_config := {'path': '/tmp/tidemark-log'})`,
    `COPY rsvp.member TO '/tmp/tidemark.csv'`,
    `EXPORT DATABASE '/tmp/tidemark'`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'PRAGMA version',
    `PRAGMA memory_limit = '100GB'`,
    `SET memory_limit = '100GB'`,
    `SELECT current_setting('memory_limit')`,
    'FROM duckdb_settings()',
    'FROM duckdb_secrets()',
    `FROM query('SELECT 1')`,
    `FROM query_table('rsvp.member')`,
    `FROM parquet_metadata('x')`,
    'DROP VIEW rsvp.member',
    'DETACH first',
    'FROM first.rows',
    'FROM "first"."main"."rows"',
    'SELECT 1 \0',
    'SELECT 1e400::DOUBLE',
    'SELECT -1e309',
    `SELECT '${'x'.repeat(1_000_000)}'`,
    `SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)}`,
    '/*'.repeat(50_000),
    `SELECT 1 ${'/**/'.repeat(50_000)}`,
    `SELECT 1 ${'/*/**/*/'.repeat(30_000)}`,
    `SELECT 1 ${'+'.repeat(200_000)}1`,
    `SELECT 1 ${'+-'.repeat(100_000)}1`,
    `SELECT a${'.a'.repeat(100_000)}`,
    `SELECT count(*) FROM rsvp.member GROUP BY ${Array.from({ length: 30_000 }, (_, n) => `'${n}'`).join()}`,
    `SELECT count(*) FROM rsvp.member GROUP BY ROLLUP(${Array.from({ length: 5_000 }, (_, n) => `'${n}'`).join()})`,
    `SELECT 1${' UNION ALL SELECT 1'.repeat(10_000)}`,
    `SELECT $$ */ -- $$; DROP VIEW rsvp.member; --`,
    `SELECT 1 /* /* */ ; DROP VIEW rsvp.member */`,
    'SELECT 1 -- \r; DROP VIEW rsvp.member',
    'FROM rsvp."MEMBER "',
    'FROM ｒｓｖｐ.member',
    'FROM RSVP."Duckdb_Settings"',
  ])('%.60s', async (sql) => {
    expect(await attack(sql)).toMatch(/^SQL_INVALID|^answered 1$/)
  })
})

describe('bombs', () => {
  it.each([
    ['one text', `SELECT length(repeat('x', 10_000_000_000))`],
    ['two texts', `SELECT length(repeat('x', 300_000_000) || repeat('y', 300_000_000))`],
    ['texts in a list', `SELECT length(list(repeat('x', 100_000) || range)::VARCHAR) FROM range(30_000)`],
    ['one list', 'SELECT len(range(500_000_000))'],
    ['a resized list', 'SELECT len(list_resize([1], 400_000_000))'],
    ['padding', `SELECT length(lpad('x', 2_000_000_000, 'y'))`],
    ['an aggregate', `SELECT len(list(range::VARCHAR || repeat('x', 100))) FROM range(50_000_000)`],
    ['distinct texts', `SELECT count(DISTINCT range || repeat('y', 200)) FROM range(20_000_000)`],
    ['joined text', `SELECT length(string_agg(repeat('x', 10_000), '')) FROM range(2_000_000)`],
    ['doubling', `WITH RECURSIVE r(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r`],
    ['recursion without end', 'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r'],
    ['a long range', 'SELECT sum(hash(range)) FROM range(1_000_000_000_000)'],
    [
      'a cross join',
      'SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE hash(a.range) < hash(b.range)',
    ],
    ['a sorted cross join', 'FROM range(10_000_000) a, range(10_000_000) b ORDER BY hash(a.range + b.range)'],
    [
      'a pattern',
      `SELECT count(*) FROM range(100_000_000) WHERE regexp_matches(repeat('a', 5_000) || range, '(a|aa)+$')`,
    ],
    ['nested lists', 'SELECT len(list_transform(range(100_000), lambda x: list_sum(range(100_000))))'],
    ['distances', `SELECT sum(levenshtein(repeat('a', 20_000), repeat('b', 20_000) || range)) FROM range(1_000_000)`],
    ['a wide answer', `SELECT repeat('x', 1_000_000) FROM range(1_000)`],
    [
      'columns',
      `SELECT ${Array.from({ length: 20_000 }, (_, column) => `${column}`).join(', ')} FROM range(1_000_000)`,
    ],
  ])('of %s costs at most its own worker', async (_, sql) => {
    expect(await attack(sql)).toMatch(/^(QUERY_TIMEOUT|QUERY_CAP_EXCEEDED|WORKER_LOST|SQL_INVALID)/)
  })
})
