import { describe, expect, it } from 'vitest'
import { AppError } from '../../../schemas/errors.ts'
import type { ErrorCode } from '../../../schemas/errors.ts'
import { problemOf } from '../../../serving/http/problem.ts'
import { setUp } from '../../support/serve-fakes.ts'

const url = '/v1/rsvp/queries/yes-by-city'

describe('problems', () => {
  const expected: readonly (readonly [ErrorCode, number, string | undefined])[] = [
    ['REQUEST_INVALID', 400, undefined],
    ['SQL_INVALID', 400, undefined],
    ['NOT_FOUND', 404, undefined],
    ['NOT_ACCEPTABLE', 406, undefined],
    ['QUERY_TIMEOUT', 408, undefined],
    ['AFTER_NOT_REACHED', 409, undefined],
    ['BODY_TOO_LARGE', 413, undefined],
    ['EVENT_TOO_LARGE', 413, undefined],
    ['CONTENT_TYPE_UNSUPPORTED', 415, undefined],
    ['QUERY_CAP_EXCEEDED', 422, undefined],
    ['BUSY', 429, '1'],
    ['WORKER_LOST', 503, '1'],
    ['NOT_READY', 503, '5'],
    ['LOG_UNREACHABLE', 503, '5'],
    ['STORE_UNREACHABLE', 503, '5'],
    ['CLOSED', 503, '5'],
    ['DATASET_FAULTY', 503, undefined],
  ]
  it.each(expected)('answers %s as %i', async (code, status, retryAfter) => {
    const { app, reader } = await setUp()
    reader.failNextRead(new AppError(code, 'What went wrong.', { details: { position: 7, total: 1n, status: 200 } }))
    const response = await app.inject({ url })
    expect(response.statusCode).toBe(status)
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(response.headers['retry-after']).toBe(retryAfter)
    expect(response.json()).toEqual({
      type: `urn:tidemark:problem:${code.toLowerCase().replaceAll('_', '-')}`,
      title: expect.any(String),
      status,
      code,
      detail: 'What went wrong.',
      position: 7,
      total: '1',
      request_id: response.headers['request-id'],
    })
  })

  it('tells nothing of an unforeseen error but where the log has it', async () => {
    const { app, reader, logged } = await setUp()
    for (const error of [new TypeError('secret of /srv/data'), new AppError('CHUNK_CORRUPT', 'secret of /srv/data')]) {
      reader.failNextRead(error)
      const response = await app.inject({ url })
      expect(response.statusCode).toBe(500)
      expect(response.json()).toMatchObject({ code: 'INTERNAL', title: 'Internal error' })
      expect(response.body).not.toContain('secret')
      expect(logged.find((line) => line.includes(response.json().request_id))).toContain('secret of /srv/data')
    }
  })

  it('does not take a status from an error that is not the framework’s', () => {
    expect(problemOf(Object.assign(new Error('secret'), { statusCode: 503, code: 'X' }))).toMatchObject({ status: 500 })
    expect(problemOf('secret')).toMatchObject({ status: 500, code: 'INTERNAL' })
  })

  it('answers a URL that cannot be decoded with a problem', async () => {
    const { app } = await setUp()
    const response = await app.inject({ url: '/v1/%E0%A4%A/events' })
    expect(response.statusCode).toBe(400)
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(response.json()).toMatchObject({ code: 'REQUEST_INVALID', status: 400 })
  })
})

describe('unknown routes', () => {
  it('answers 404 for a path that nothing has, whatever the body', async () => {
    const { app } = await setUp()
    for (const request of [
      { url: '/nope' },
      { method: 'POST', url: '/v1/rsvp/nope', payload: { a: 1 } },
      { url: '/v1//tables/' },
    ] as const) {
      const response = await app.inject(request)
      expect(response.statusCode).toBe(404)
      expect(response.json()).toMatchObject({ code: 'NOT_FOUND', status: 404 })
    }
  })

  it('answers 405 for a known path and names its methods', async () => {
    const { app } = await setUp()
    const get = await app.inject({ url: '/v1/rsvp/events?x=1' })
    expect([get.statusCode, get.headers['allow']]).toEqual([405, 'POST'])
    expect(get.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED', methods: ['POST'] })
    const remove = await app.inject({ method: 'DELETE', url: '/v1/rsvp/tables/member' })
    expect([remove.statusCode, remove.headers['allow']]).toEqual([405, 'GET, HEAD'])
    expect((await app.inject({ url: '/v1/sql' })).headers['allow']).toBe('POST')
  })

  it('names the datasets, tables and queries that exist, and takes no name from the language', async () => {
    const { app } = await setUp()
    const dataset = await app.inject({ url: '/v1/nope/tables/member' })
    expect([dataset.statusCode, dataset.json().datasets]).toEqual([404, ['rsvp']])
    for (const name of ['nope', 'constructor', '__proto__', 'member%22']) {
      const table = await app.inject({ url: `/v1/rsvp/tables/${name}` })
      expect([table.statusCode, table.json().tables]).toEqual([404, expect.arrayContaining(['member', 'rejected'])])
      const query = await app.inject({ url: `/v1/rsvp/queries/${name}` })
      expect([query.statusCode, query.json().queries]).toEqual([404, expect.arrayContaining(['yes-by-city'])])
    }
  })
})

it('lets no browser sniff, frame or share an answer', async () => {
  const { app } = await setUp()
  const { headers } = await app.inject({ url, headers: { origin: 'http://elsewhere.test' } })
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
  })
  expect(headers).not.toHaveProperty('access-control-allow-origin')
})
