import { parquetReadObjects } from 'hyparquet'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Answer } from '../../../serving/replica/reader.ts'
import { asOf, rsvpAsOf } from '../../fakes/fake-reader.ts'
import { openEngine, setUp } from '../../support/serve-fakes.ts'

const url = '/v1/rsvp/queries/yes-by-city'

const answer: Answer = {
  columns: [
    { name: 'b', type: 'VARCHAR' },
    { name: '1', type: 'BIGINT' },
    { name: '__proto__', type: 'STRUCT(a INTEGER, "b c" VARCHAR[])' },
    { name: 'B', type: 'TIMESTAMP WITH TIME ZONE' },
  ],
  rows: [
    ['東京 "x", y\r\n', 7, { a: 1, 'b c': ['z', null] }, '2017-03-19T12:00:00.123Z'],
    ['', '9007199254740993', null, null],
    [null, null, { a: null, 'b c': [] }, '1969-12-31T23:59:59.999Z'],
  ],
  isTruncated: true,
  asOf,
  elapsedMs: 1.23456,
}

describe('the format of an answer', () => {
  it('is JSON with every column in its place, whatever its name', async () => {
    const { app, reader } = await setUp()
    reader.answer = () => answer
    const response = await app.inject({ url })
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.body).toContain(
      '"rows":[{"b":"東京 \\"x\\", y\\r\\n","1":7,"__proto__":{"a":1,"b c":["z",null]},"B":"2017-03-19T12:00:00.123Z"},',
    )
    expect(response.json()).toMatchObject({
      columns: answer.columns,
      row_count: 3,
      truncated: true,
      as_of: asOf,
      elapsed_ms: 1.23,
    })
    expect(response.json()).not.toHaveProperty('next_cursor')
  })

  it('has names that JSON and CSV have to escape', async () => {
    const { app, reader } = await setUp()
    reader.answer = () => ({ ...answer, columns: [{ name: 'a "b",\n', type: 'INTEGER' }], rows: [[1]] })
    expect((await app.inject({ url })).json().rows).toEqual([{ 'a "b",\n': 1 }])
    expect((await app.inject({ url: `${url}?format=csv` })).body).toBe('"a ""b"",\n"\r\n1\r\n')
  })

  it('is NDJSON with what the rows stand on in the header', async () => {
    const { app, reader } = await setUp()
    reader.answer = () => ({
      ...answer,
      asOf: { ...asOf, datasets: { ...asOf.datasets, тест: { ...rsvpAsOf, lag_ms: 7 } } },
    })
    const response = await app.inject({ url: `${url}?format=ndjson` })
    expect(response.headers['content-type']).toBe('application/x-ndjson; charset=utf-8')
    expect(response.body.split('\n')).toEqual([
      '{"b":"東京 \\"x\\", y\\r\\n","1":7,"__proto__":{"a":1,"b c":["z",null]},"B":"2017-03-19T12:00:00.123Z"}',
      '{"b":"","1":"9007199254740993","__proto__":null,"B":null}',
      '{"b":null,"1":null,"__proto__":{"a":null,"b c":[]},"B":"1969-12-31T23:59:59.999Z"}',
      '',
    ])
    const header = String(response.headers['tidemark-as-of'])
    expect(header).toMatch(/^[ -~]+$/)
    expect(JSON.parse(header)).toMatchObject({ view: 'merged', datasets: { rsvp: rsvpAsOf, тест: { lag_ms: 7 } } })
    expect(response.headers['tidemark-truncated']).toBe('true')
  })

  it('is CSV that tells a null from an empty text', async () => {
    const { app, reader } = await setUp()
    reader.answer = () => answer
    const response = await app.inject({ url, headers: { accept: 'text/csv' } })
    expect(response.headers['content-type']).toBe('text/csv; charset=utf-8; header=present')
    expect(response.headers['content-disposition']).toBe('attachment; filename="yes-by-city.csv"')
    expect(response.body).toBe(
      'b,1,__proto__,B\r\n"東京 ""x"", y\r\n",7,"{""a"":1,""b c"":[""z"",null]}",2017-03-19T12:00:00.123Z\r\n"",9007199254740993,,\r\n,,"{""a"":null,""b c"":[]}",1969-12-31T23:59:59.999Z\r\n',
    )
  })

  it('is Parquet with the types of the columns, rows in order, and nothing left behind', async () => {
    const workFolder = await mkdtemp(join(tmpdir(), 'tidemark-'))
    onTestFinished(() => rm(workFolder, { recursive: true }))
    const { app, reader } = await setUp({ parquet: { engine: await openEngine(), workFolder } })
    reader.answer = () => answer
    const response = await app.inject({ url: `${url}?format=parquet` })
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/vnd.apache.parquet'])
    expect(response.headers['content-disposition']).toBe('attachment; filename="yes-by-city.parquet"')
    expect(await readdir(workFolder)).toEqual([])
    const { buffer, byteOffset, byteLength } = response.rawPayload
    const file = new Uint8Array(buffer, byteOffset, byteLength).slice().buffer
    // The engine takes names that differ in case alone for the same, so the second gets `_1` here too.
    const rows = await parquetReadObjects({ file, columns: ['b', '1', 'B_1'] })
    expect(rows).toEqual([
      { b: '東京 "x", y\r\n', 1: 7n, B_1: new Date('2017-03-19T12:00:00.123Z') },
      { b: '', 1: 9007199254740993n, B_1: null },
      { b: null, 1: null, B_1: new Date('1969-12-31T23:59:59.999Z') },
    ])
  })
})

describe('the choice of a format', () => {
  const [json, ndjson] = ['application/json; charset=utf-8', 'application/x-ndjson; charset=utf-8']
  const accepts: readonly (readonly [string | undefined, string])[] = [
    [undefined, json],
    ['*/*', json],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', json],
    ['text/csv;q=0.5, application/x-ndjson;q=0.9', ndjson],
    ['text/*', 'text/csv; charset=utf-8; header=present'],
    ['application/json;q=0, */*', ndjson],
    ['TEXT/CSV', 'text/csv; charset=utf-8; header=present'],
  ]
  it.each(accepts)('answers Accept %s with %s', async (accept, type) => {
    const { app } = await setUp()
    const response = await app.inject({ url, headers: accept === undefined ? {} : { accept } })
    expect([response.statusCode, response.headers['content-type'], response.headers['vary']]).toEqual([
      200,
      type,
      'Accept',
    ])
  })

  it('answers 406 with what there is, before any query runs', async () => {
    const { app, reader } = await setUp()
    for (const accept of ['application/xml', 'text/html;q=1', 'application/json;q=0']) {
      const response = await app.inject({ url, headers: { accept } })
      expect(response.statusCode).toBe(406)
      expect(response.json().media_types).toContain('text/csv')
    }
    expect(reader.requests).toEqual([])
    expect((await app.inject({ url: `${url}?format=csv`, headers: { accept: 'application/xml' } })).statusCode).toBe(
      200,
    )
  })
})

describe('the ETag of an answer', () => {
  it('stays while the log says the same, and answers 304', async () => {
    const { app, reader } = await setUp()
    const first = await app.inject({ url })
    reader.answer = () => ({ ...answer, elapsedMs: 99 })
    const etag = String(first.headers['etag'])
    for (const held of [etag, etag.replace('W/', ''), `"x", ${etag}`, '*']) {
      const again = await app.inject({ url, headers: { 'if-none-match': held } })
      expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', etag])
    }
    expect((await app.inject({ url, headers: { 'if-none-match': '"x"' } })).statusCode).toBe(200)
    expect((await app.inject({ method: 'HEAD', url })).headers['etag']).toBe(etag)
  })

  it('changes with the generation, the speed view, the query and the format', async () => {
    const { app, reader } = await setUp()
    const tags = new Set<unknown>()
    const take = async (asked: string, accept = '*/*') =>
      tags.add((await app.inject({ url: asked, headers: { accept } })).headers['etag'])
    await take(url)
    await take(`${url}?limit=1`)
    await take(url, 'text/csv')
    reader.answer = () => ({ ...answer, asOf: { ...asOf, datasets: { rsvp: { ...rsvpAsOf, generation: 4 } } } })
    await take(url)
    reader.answer = () => ({
      ...answer,
      asOf: { ...asOf, datasets: { rsvp: { ...rsvpAsOf, speed: { 'rsvp/0': '1542' } } } },
    })
    await take(url)
    expect(tags.size).toBe(5)
  })

  it('is not for ad-hoc SQL, whose answer may depend on more than the log', async () => {
    const { app } = await setUp()
    const response = await app.inject({
      method: 'POST',
      url: '/v1/sql',
      payload: { sql: 'SELECT now()' },
      headers: { 'if-none-match': '*' },
    })
    expect([response.statusCode, response.headers['etag']]).toEqual([200, undefined])
  })
})
