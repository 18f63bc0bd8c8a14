import { describe, expect, it } from 'vitest'
import { AppError } from '../../../schemas/errors.ts'
import { loadApiKeys } from '../../../serving/http/api-keys.ts'
import { StatementKilled } from '../../../serving/replica/reader.ts'
import { limits, setUp } from '../../support/serve-fakes.ts'

describe('ad-hoc SQL of many callers', () => {
  const statement = { method: 'POST', url: '/v1/sql', payload: { sql: 'SELECT 1' } } as const

  it('leaves one worker to others, whatever one caller asks', async () => {
    const { app, sql } = await setUp({ limits: { ...limits, sqlConcurrencyMax: 2 } })
    const release = sql.hold()
    const greedy = Array.from({ length: 3 }, () => app.inject(statement))
    await sql.asked(1)
    const other = app.inject({ ...statement, remoteAddress: '192.0.2.7', payload: { sql: 'SELECT 2' } })
    await sql.asked(2)
    expect(sql.requests.map((request) => request.sql)).toEqual(['SELECT 1', 'SELECT 2'])
    release()
    expect((await other).statusCode).toBe(200)
    expect((await Promise.all(greedy)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
  })

  it('tells callers apart by key where keys are asked for, whatever their address', async () => {
    const apiKeys = loadApiKeys('a 0123456789abcdef\nb fedcba9876543210')
    const { app, sql } = await setUp({ apiKeys, limits: { ...limits, sqlConcurrencyMax: 2 } })
    const release = sql.hold()
    const of = (key: string, remoteAddress: string, text = 'SELECT 1') =>
      app.inject({ ...statement, remoteAddress, headers: { 'x-api-key': key }, payload: { sql: text } })
    const greedy = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => of('0123456789abcdef', address))
    await sql.asked(1)
    const other = of('fedcba9876543210', '192.0.2.1', 'SELECT 2')
    await sql.asked(2)
    expect(sql.requests.map((request) => request.sql)).toEqual(['SELECT 1', 'SELECT 2'])
    release()
    await Promise.all([...greedy, other])
  })

  it('lets whoever had a worker killed wait, twice as long each time, and nobody else', async () => {
    let nowMs = 1_489_926_600_000
    const { app, sql } = await setUp({ now: () => nowMs })
    for (const seconds of [5, 10, 20]) {
      sql.failNextRead(new StatementKilled('QUERY_TIMEOUT', 'too slow'))
      expect((await app.inject(statement)).statusCode).toBe(408)
      const refused = await app.inject(statement)
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, `${seconds}`])
      expect(refused.json().detail).toContain(`Ask again in ${seconds} s`)
      expect((await app.inject({ ...statement, remoteAddress: '192.0.2.7' })).statusCode).toBe(200)
      nowMs += seconds * 1000
      expect((await app.inject(statement)).statusCode).toBe(200)
    }
  })

  it('lets statements wait too that were in line when another of their caller was killed', async () => {
    const { app, sql } = await setUp()
    const release = sql.hold()
    sql.answer = () => {
      throw new StatementKilled('WORKER_LOST', 'the process ended')
    }
    const asked = Array.from({ length: 4 }, () => app.inject(statement))
    await sql.asked(1)
    release()
    const statuses = (await Promise.all(asked)).map(({ statusCode }) => statusCode)
    expect(statuses).toEqual([503, 429, 429, 429])
    expect(sql.requests).toHaveLength(1)
  })

  it('lets nobody wait for an error that cost no worker', async () => {
    const { app, sql } = await setUp()
    sql.failNextRead(new AppError('QUERY_TIMEOUT', 'too slow'))
    await app.inject(statement)
    expect((await app.inject(statement)).statusCode).toBe(200)
  })
})
