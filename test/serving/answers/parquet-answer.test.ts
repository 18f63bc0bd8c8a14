import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { literal } from '../../../schemas/sql/sql-text.ts'
import { parquetAnswer } from '../../../serving/answers/parquet-answer.ts'
import { parquetType } from '../../../serving/answers/parquet-type.ts'
import type { JsonValue } from '../../../serving/replica/reader.ts'
import { asOf } from '../../fakes/fake-reader.ts'
import { openEngine } from '../../support/serve-fakes.ts'

/** Writes one column, reads it back with the engine: the type it has there and its values as text. */
async function roundTrip(type: string, values: readonly JsonValue[], name = 'x') {
  const engine = await openEngine()
  const workFolder = await mkdtemp(join(tmpdir(), 'tidemark-'))
  onTestFinished(() => rm(workFolder, { recursive: true }))
  const answer = {
    columns: [{ name, type }],
    rows: values.map((value) => [value]),
    isTruncated: false,
    asOf,
    elapsedMs: 1,
  }
  const written = await Promise.allSettled([parquetAnswer({ engine, workFolder }, answer)])
  expect(await readdir(workFolder)).toEqual([])
  if (written[0].status === 'rejected') throw written[0].reason
  const bytes = written[0].value
  const file = join(workFolder, 'read.parquet')
  await writeFile(file, bytes)
  const session = await engine.connect()
  onTestFinished(() => session.close())
  const [described] = await session.rows(`DESCRIBE FROM ${literal(file)}`)
  const rows = await session.rows(
    `SELECT COLUMNS(* EXCLUDE (file_row_number))::VARCHAR AS v FROM read_parquet(${literal(file)}, file_row_number = true) ORDER BY file_row_number`,
  )
  return { name: described?.['column_name'], type: described?.['column_type'], values: rows.map(({ v }) => v) }
}

describe('a column in Parquet', () => {
  const exact: readonly (readonly [string, readonly JsonValue[], readonly (string | null)[]])[] = [
    ['BIGINT', [1, '-9223372036854775808', null], ['1', '-9223372036854775808', null]],
    ['UBIGINT', ['18446744073709551615'], ['18446744073709551615']],
    ['DOUBLE', [1.5, 'NaN', 'Infinity', '-Infinity', 1e300, 5e-324], ['1.5', 'nan', 'inf', '-inf', '1e+300', '5e-324']],
    ['BOOLEAN', [true, false, null], ['true', 'false', null]],
    ['DECIMAL(18,3)', ['12.500', 3], ['12.500', '3.000']],
    ['DATE', ['2017-03-19'], ['2017-03-19']],
    ['TIMESTAMP', ['2017-03-19T12:00:00.123456'], ['2017-03-19 12:00:00.123456']],
    ['TIMESTAMP WITH TIME ZONE', ['2017-03-19T12:00:00.123Z'], ['2017-03-19 12:00:00.123+00']],
    ['VARCHAR', ['\u{1f30a} \0 "', ''], ['\u{1f30a} \0 "', '']],
    ['UUID', ['6b29fc40-ca47-1067-b31d-00dd010662da'], ['6b29fc40-ca47-1067-b31d-00dd010662da']],
    ['BLOB', ['AAH/', ''], ['\\x00\\x01\\xFF', '']],
    ['STRUCT(a INTEGER, "b ""c" VARCHAR)', [{ a: 1, 'b "c': 'x' }, null], [`{'a': 1, 'b "c': x}`, null]],
    ['STRUCT(__proto__ INTEGER)', [JSON.parse('{"__proto__": 7}')], [`{'__proto__': 7}`]],
    ['BIGINT[]', [[1, '9007199254740993', null], []], ['[1, 9007199254740993, NULL]', '[]']],
    ['TIMESTAMP WITH TIME ZONE[]', [['2017-03-19T12:00:00.123Z']], [`['2017-03-19 12:00:00.123+00']`]],
  ]
  it.each(exact)('of %s keeps type and values', async (type, values, read) => {
    const column = await roundTrip(type, values)
    expect(column).toEqual({ name: 'x', type, values: read })
  })

  const otherwise: readonly (readonly [string, string, readonly JsonValue[], readonly (string | null)[]])[] = [
    ['HUGEINT', 'DECIMAL(38,0)', ['12345678901234567890123456789', 7], ['12345678901234567890123456789', '7']],
    ['INTEGER[3]', 'INTEGER[]', [[1, 2, 3]], ['[1, 2, 3]']],
    ['INTERVAL', 'VARCHAR', ['1 day'], ['1 day']],
    ['MAP(VARCHAR, INTEGER)', 'VARCHAR', [{ a: 1 }], ['{"a":1}']],
    [`ENUM('a', 'b')`, 'VARCHAR', ['a', null], ['a', null]],
    ['STRUCT("" INTEGER, "" INTEGER)', 'VARCHAR', [[1, 2]], ['[1,2]']],
    ['BLOB[]', 'VARCHAR', [['AAE=']], ['["AAE="]']],
    ['JSON', 'VARCHAR', [{ a: 1 }, 'text'], ['{"a":1}', 'text']],
  ]
  it.each(otherwise)('of %s is %s, which says as much', async (type, written, values, read) => {
    expect(await roundTrip(type, values)).toEqual({ name: 'x', type: written, values: read })
  })

  it('keeps its name, whatever it is', async () => {
    expect(await roundTrip('INTEGER', [1], '"; DROP TABLE answer; --')).toMatchObject({
      name: '"; DROP TABLE answer; --',
      values: ['1'],
    })
  })

  it('keeps the order of many rows and is there where there are none', async () => {
    const values = Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 300_000)
    const read = (await roundTrip('INTEGER', values)).values
    expect(read).toHaveLength(values.length)
    expect(values.findIndex((value, i) => String(value) !== read[i])).toBe(-1)
    expect(await roundTrip('INTEGER', [])).toEqual({ name: 'x', type: 'INTEGER', values: [] })
  })

  it('that has a value no type of Parquet holds is refused with the reason, and nothing is left behind', async () => {
    await expect(roundTrip('HUGEINT', ['170141183460469231731687303715884105727'])).rejects.toMatchObject({
      code: 'NOT_ACCEPTABLE',
    })
  })
})

it('runs no part of a type that is not a type', () => {
  for (const type of [
    'INTEGER); DROP TABLE x; --',
    'STRUCT(a INTEGER',
    'STRUCT(a)',
    'STRUCT()',
    'DECIMAL(1,a)',
    'INTEGER[',
    'integer',
    `ENUM('x')`,
    'UNION(a INTEGER)',
    '',
    'STRUCT(a INTEGER) x',
    'INTEGER;',
  ]) {
    expect([type, parquetType(type)]).toEqual([type, null])
  }
  expect(parquetType('STRUCT("a""; DROP" INTEGER, b DOUBLE[])[]')).toBe('STRUCT("a""; DROP" INTEGER, "b" DOUBLE[])[]')
})
