import { describe, expect, it } from 'vitest'
import { AppError } from '../../../schemas/errors.ts'
import { setUp } from '../../support/serve-fakes.ts'

const query = '/v1/rsvp/queries/yes-by-city'
const table = '/v1/rsvp/tables/member'

describe('parameters', () => {
  it('passes each as its type, the default where none is given, null where there is no default', async () => {
    const { app, reader } = await setUp()
    await app.inject({ url: `${query}?country=gb&limit=5` })
    await app.inject({ url: query })
    expect(reader.requests).toMatchObject([
      {
        params: { country: 'gb', limit: 5n },
        view: 'merged',
        dataset: 'rsvp',
        rowsMax: 1000,
        bytesMax: 1_000_000,
        timeoutMs: 30_000,
      },
      { params: { country: null, limit: 100n } },
    ])
  })

  it('refuses what is out of range, repeated, unknown or of another type', async () => {
    const { app, reader } = await setUp()
    const faults = {
      'limit=0': 'limit: expected an integer from 1 to 10000.',
      'limit=10001': 'limit: expected an integer from 1 to 10000.',
      'limit=1e2': 'limit: expected an integer from 1 to 10000.',
      'limit=': 'limit: expected an integer from 1 to 10000.',
      'limit=1&limit=2': 'limit: given more than once.',
      'contry=gb': 'There is no parameter contry. The parameters are country, city, limit, view, after, format.',
      'view=fast': 'view: there is no fast. The views are merged, batch, speed.',
      'format=xml': 'format: there is no xml. The formats are json, ndjson, csv, parquet.',
      '__proto__=1': 'There is no parameter __proto__. The parameters are country, city, limit, view, after, format.',
    }
    for (const [given, detail] of Object.entries(faults)) {
      const response = await app.inject({ url: `${query}?${given}` })
      expect([response.statusCode, response.json().detail]).toEqual([400, detail])
    }
    const limit = await app.inject({ url: `${table}?limit=1001` })
    expect(limit.json()).toMatchObject({ status: 400, detail: 'limit: expected an integer from 1 to 1000.' })
    expect(reader.requests).toEqual([])
  })

  it('passes the view', async () => {
    const { app, reader } = await setUp()
    await app.inject({ url: `${query}?view=speed` })
    await app.inject({ url: `${table}?view=batch` })
    expect(reader.requests.map(({ view }) => view)).toEqual(['speed', 'batch'])
  })
})

describe('after', () => {
  const offsets = { 'rsvp/0': { first: '1539', next: '1541' } }
  const reached = new Map([['rsvp', new Map([[0, 1541n]])]])

  it('takes positions and the offsets of a POST alike', async () => {
    const { app, reader } = await setUp()
    for (const after of [offsets, { 'rsvp/0': '1541' }, { 'rsvp/0': 1541 }]) {
      const response = await app.inject({ url: `${table}?after=${encodeURIComponent(JSON.stringify(after))}` })
      expect(response.statusCode).toBe(200)
      expect(reader.requests.at(-1)?.after).toEqual(reached)
    }
  })

  it('answers 409 for positions that were not reached in time', async () => {
    const { app, sql } = await setUp()
    const after = encodeURIComponent('{"rsvp/0":"1542"}')
    expect((await app.inject({ url: `${table}?after=${after}` })).json()).toMatchObject({
      status: 409,
      code: 'AFTER_NOT_REACHED',
    })
    const adHoc = await app.inject({
      method: 'POST',
      url: '/v1/sql',
      payload: { sql: 'SELECT 1', after: { 'rsvp/0': '1542' } },
    })
    expect(adHoc.statusCode).toBe(409)
    expect(sql.requests).toEqual([])
  })

  it('refuses what is neither form, and names the topics', async () => {
    const { app } = await setUp()
    for (const after of [
      '{',
      '[]',
      '"1"',
      '{"rsvp/0":"-1"}',
      '{"rsvp/0":{"first":"1"}}',
      '{"rsvp":"1"}',
      '{"other/0":"1"}',
      '{"rsvp/0":1.5}',
      '{"rsvp/0":9007199254740993.5}',
      '{"__proto__":"1"}',
      '{"__proto__":{"next":"1"}}',
    ]) {
      const response = await app.inject({ url: `${table}?after=${encodeURIComponent(after)}` })
      expect([after, response.statusCode]).toEqual([after, 400])
      expect(response.json().detail).toContain('Topics: rsvp.')
    }
  })

  it('keeps nobody else from running while it waits', async () => {
    const { app, reader } = await setUp()
    const catchUp = reader.fallBehind()
    const after = encodeURIComponent(JSON.stringify(offsets))
    const waiting = Array.from({ length: 10 }, () => app.inject({ url: `${query}?after=${after}` }))
    await reader.waited(10)
    expect((await app.inject({ url: query })).statusCode).toBe(200)
    expect(reader.requests).toHaveLength(1)
    catchUp()
    expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual(waiting.map(() => 200))
  })
})

describe('the number of queries at a time', () => {
  it('lets so many run and so many wait, and answers 429 to the rest at once', async () => {
    const { app, reader } = await setUp()
    const release = reader.hold()
    const all = Array.from({ length: 11 }, () => app.inject({ url: query }))
    const refused = await Promise.race(all)
    expect([refused.statusCode, refused.headers['retry-after'], refused.json().code]).toEqual([429, '1', 'BUSY'])
    expect(reader.requests).toHaveLength(2)
    release()
    const statuses = (await Promise.all(all)).map(({ statusCode }) => statusCode)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 10 }, () => 200), 429])
  })

  it('gives its turn back after an error', async () => {
    const { app, reader } = await setUp()
    for (let i = 0; i < 12; i += 1) {
      reader.failNextRead(new AppError('QUERY_TIMEOUT', 'too slow'))
      expect((await app.inject({ url: query })).statusCode).toBe(408)
    }
    expect((await app.inject({ url: query })).statusCode).toBe(200)
  })

  it('keeps ad-hoc SQL from taking the turns of tables and named queries', async () => {
    const { app, sql } = await setUp()
    const release = sql.hold()
    const statements = Array.from({ length: 6 }, () =>
      app.inject({ method: 'POST', url: '/v1/sql', payload: { sql: 'SELECT 1' } }),
    )
    expect((await Promise.race(statements)).statusCode).toBe(429)
    expect((await app.inject({ url: query })).statusCode).toBe(200)
    expect((await app.inject({ url: table })).statusCode).toBe(200)
    release()
    await Promise.all(statements)
  })
})

describe('POST of SQL', () => {
  const post = (payload: object | string) =>
    ({ method: 'POST', url: '/v1/sql', headers: { 'content-type': 'application/json' }, payload }) as const

  it('passes the statement, its parameters and its limits to the workers', async () => {
    const { app, reader, sql } = await setUp()
    const response = await app.inject(
      post({ sql: ' SELECT ? ', params: [1, 1.5, 'a', true, null], view: 'batch', max_rows: 10, timeout_ms: 500 }),
    )
    expect(response.json()).toMatchObject({ rows: [{ one: 1 }], row_count: 1 })
    expect(reader.requests).toEqual([])
    expect(sql.requests).toEqual([
      {
        sql: ' SELECT ? ',
        params: [1n, 1.5, 'a', true, null],
        view: 'batch',
        dataset: null,
        after: new Map(),
        rowsMax: 10,
        bytesMax: 1_000_000,
        timeoutMs: 500,
        signal: expect.any(AbortSignal),
      },
    ])
  })

  it.each([
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['9007199254740993.0', 9007199254740993n],
    ['1e20', 100000000000000000000n],
    ['12345678901234567890123456789012345678', 12345678901234567890123456789012345678n],
    ['5.0', 5n],
    ['-0', 0n],
    ['0.10', 0.1],
    ['0.10000000000000001', 0.1],
    ['1e300', 1e300],
    ['"9007199254740993"', '9007199254740993'],
    ['"\\"9007199254740993\\\\"', '"9007199254740993\\'],
  ])('takes the parameter %s to the last digit', async (text, cell) => {
    const { app, sql } = await setUp()
    const response = await app.inject(post(`{"sql": "SELECT 9007199254740993, ?", "params": [${text}]}`))
    expect([response.statusCode, sql.requests.at(-1)?.params]).toEqual([200, [cell]])
    expect(sql.requests.at(-1)?.sql).toBe('SELECT 9007199254740993, ?')
  })

  it('refuses a number that it could not take as it is, and names the field', async () => {
    const { app, sql } = await setUp()
    for (const [body, field] of [
      ['{"sql": "SELECT ?", "params": [1, 1e400]}', 'params[1]'],
      ['{"sql": "SELECT ?", "params": [1e-400]}', 'params[0]'],
      ['{"sql": "SELECT ?", "params": [0.1234567890123456789]}', 'params[0]'],
      ['{"sql": "SELECT ?", "params": [1000000000000000000000000000000000000001]}', 'params[0]'],
      ['{"sql": "SELECT 1", "max_rows": 9007199254740993}', 'max_rows'],
      ['{"sql": "SELECT 1", "timeout_ms": 1.00000000000000000001}', 'timeout_ms'],
      ['{"sql": "SELECT 1", "after": {"rsvp/0": 1e400}}', 'rsvp/0'],
    ] as const) {
      const response = await app.inject(post(body))
      expect([body, response.statusCode, response.json().code]).toEqual([body, 400, 'REQUEST_INVALID'])
      expect(response.json().detail).toContain(field)
    }
    expect(sql.requests).toEqual([])
  })

  it('waits for offsets to the last digit', async () => {
    const { app } = await setUp()
    const refused = await app.inject(post('{"sql": "SELECT 1", "after": {"rsvp/0": 9007199254740993}}'))
    expect(refused.json()).toMatchObject({ status: 409, detail: expect.stringContaining('9007199254740993') })
  })

  it('answers bad SQL with the engine’s message and position', async () => {
    const { app, sql } = await setUp()
    sql.failNextRead(
      new AppError('SQL_INVALID', 'Parser Error: syntax error at or near "SELEC"', {
        details: { position: { line: 1, column: 1 } },
      }),
    )
    const response = await app.inject(post({ sql: 'SELEC 1' }))
    expect(response.json()).toMatchObject({
      status: 400,
      code: 'SQL_INVALID',
      detail: 'Parser Error: syntax error at or near "SELEC"',
      position: { line: 1, column: 1 },
    })
  })

  it('refuses a body that is not what it takes', async () => {
    const { app, sql } = await setUp()
    const bodies = [
      '',
      '{',
      '[]',
      { sql: '' },
      { sql: 1 },
      { sql: 'SELECT 1', limit: 1 },
      { sql: 'SELECT 1', params: [{}] },
      { sql: 'SELECT 1', view: 'fast' },
    ]
    const beyond = [
      { sql: 'SELECT 1', max_rows: 1001 },
      { sql: 'SELECT 1', max_rows: 0 },
      { sql: 'SELECT 1', timeout_ms: 30_001 },
      { sql: 'SELECT 1', after: { 'x/0': '1' } },
      '{"sql": "SELECT 1", "after": {"__proto__": {"next": "1"}}}',
      '{"sql": "SELECT 1", "__proto__": 1}',
      '{"sql": "SELECT 1", "constructor": 1}',
    ]
    for (const body of [...bodies, ...beyond]) {
      const response = await app.inject(post(body))
      expect([body, response.statusCode, response.json().code]).toEqual([body, 400, 'REQUEST_INVALID'])
    }
    const ndjson = await app.inject({ ...post('{}'), headers: { 'content-type': 'application/x-ndjson' } })
    expect(ndjson.statusCode).toBe(415)
    const large = await app.inject(post({ sql: `SELECT '${'x'.repeat(1024 * 1024)}'` }))
    expect(large.statusCode).toBe(413)
    expect(sql.requests).toEqual([])
  })
})
