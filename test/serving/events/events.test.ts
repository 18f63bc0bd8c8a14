import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { describe, expect, it } from 'vitest'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { MemoryLog } from '../../fakes/memory-log.ts'
import { limits, setUp } from '../../support/serve-fakes.ts'

function post(
  body: string | Buffer,
  type = 'application/x-ndjson',
  headers: Record<string, string> = {},
): InjectOptions {
  return { method: 'POST', url: '/v1/rsvp/events', headers: { 'content-type': type, ...headers }, payload: body }
}

async function logged(log: MemoryLog): Promise<readonly string[]> {
  const { nextOffset = 0n } = (await log.bounds('rsvp')).get(0) ?? {}
  const values: string[] = []
  if (nextOffset === 0n) return values
  const whole = new Deferred()
  const follower = log.follow('rsvp', new Map(), async (slice) => {
    values.push(...slice.records.map(({ value }) => Buffer.from(value ?? []).toString('latin1')))
    if (slice.nextOffset === nextOffset) whole.resolve()
  })
  await whole.promise
  await follower.close()
  return values
}

describe('POST of NDJSON', () => {
  it('answers what was accepted, what was rejected by line, and where it lies', async () => {
    const { app, log } = await setUp()
    await app.inject(post('{"n":0}\n'))
    const response = await app.inject(post('{"n":1}\n\n{"n":2}\r\ncut off\n'))
    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({
      accepted: 2,
      rejected: 1,
      rejections: [{ line: 4, reason: 'the event: not valid JSON' }],
      offsets: { 'rsvp/0': { first: '1', next: '4' } },
    })
    expect(await logged(log)).toEqual(['{"n":0}', '{"n":1}', '{"n":2}', 'cut off'])
  })

  it('logs rejected lines byte for byte and answers their offsets also where nothing was accepted', async () => {
    const { app, log } = await setUp()
    const response = await app.inject(post(Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x00, 0x0d, 0x20, 0x0d, 0x0a])))
    expect(response.json()).toMatchObject({
      accepted: 0,
      rejected: 1,
      offsets: { 'rsvp/0': { first: '0', next: '1' } },
    })
    expect(await logged(log)).toEqual(['\xff\x00\r '])
  })

  it('refuses a line over the limit by its number and takes the others', async () => {
    const { app, log } = await setUp()
    const atLimit = `{"n":"${'x'.repeat(limits.eventBytesMax - 8)}"}`
    const response = await app.inject(post(`${atLimit}\n${atLimit}x\n`))
    expect(response.json()).toMatchObject({
      accepted: 1,
      rejected: 1,
      rejections: [{ line: 2, reason: expect.stringContaining('longer than 100 bytes') }],
    })
    expect(await logged(log)).toEqual([atLimit])
  })

  it('answers 413 where every line is over the limit', async () => {
    const { app, log } = await setUp()
    const response = await app.inject(post('x'.repeat(limits.eventBytesMax + 1)))
    expect(response.statusCode).toBe(413)
    expect(response.json()).toMatchObject({ code: 'EVENT_TOO_LARGE', lines: [1] })
    expect(await logged(log)).toEqual([])
  })

  it('answers 413 for a body over the limit and for too many lines', async () => {
    const { app, log } = await setUp()
    const large = await app.inject(post('{}\n'.repeat(700)))
    expect([large.statusCode, large.json().code]).toEqual([413, 'BODY_TOO_LARGE'])
    const many = await app.inject(post('{}\n'.repeat(limits.eventsMax + 1)))
    expect([many.statusCode, many.json().code]).toEqual([413, 'BODY_TOO_LARGE'])
    expect(await logged(log)).toEqual([])
    const most = await app.inject(post('{}\n'.repeat(limits.eventsMax)))
    expect(most.json()).toMatchObject({ accepted: limits.eventsMax })
  })

  it('answers zeros for a body without an event', async () => {
    const { app } = await setUp()
    const zeros = { accepted: 0, rejected: 0, rejections: [], offsets: {} }
    expect((await app.inject(post(''))).json()).toEqual(zeros)
    expect((await app.inject(post('\n\r\n'))).json()).toEqual(zeros)
    expect((await app.inject(post('[]', 'application/json'))).json()).toEqual(zeros)
  })

  it('appends nothing where no verdict could be made', async () => {
    const { app, verdict, log } = await setUp()
    verdict.failNext = new AppError('NOT_READY', 'not yet')
    expect((await app.inject(post('{}'))).statusCode).toBe(503)
    expect(await logged(log)).toEqual([])
  })

  it('answers 503 and when to try again where the log is unreachable', async () => {
    const { app, log } = await setUp()
    log.failNextAppend = 'before'
    const response = await app.inject(post('{}'))
    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('5')
    expect(response.json()).toMatchObject({ code: 'LOG_UNREACHABLE' })
  })
})

describe('POST of JSON', () => {
  it('logs an object with its bytes as sent, white space and all', async () => {
    const { app, log } = await setUp()
    const response = await app.inject(post('\n{\n  "n": 1.0 }\r\n', 'application/json; charset=utf-8'))
    expect(response.json()).toMatchObject({ accepted: 1, rejected: 0 })
    expect(await logged(log)).toEqual(['{\n  "n": 1.0 }'])
  })

  it('logs each element of an array with its bytes as sent and counts elements as lines', async () => {
    const { app, log } = await setUp()
    const elements = ['{"a":"]},\\"[", "b":[1,{"c":2}]}', '12345678901234567890', '{"n":1e3}']
    const response = await app.inject(post(` [ ${elements.join(' , ')} ] `, 'application/json'))
    expect(response.json()).toMatchObject({ accepted: 2, rejections: [{ line: 2 }] })
    expect(await logged(log)).toEqual(elements)
  })

  it('refuses an array that is broken itself and logs nothing of it', async () => {
    const { app, log } = await setUp()
    for (const body of ['[{"a":1}', '[{},,{}]', '[{},]', '[{}]{}', '["', '[{]}', '']) {
      const response = await app.inject(post(body, 'application/json'))
      expect([body, response.statusCode, response.json().code]).toEqual([body, 400, 'REQUEST_INVALID'])
    }
    expect(await logged(log)).toEqual([])
  })

  it('logs a broken object as a rejected event', async () => {
    const { app, log } = await setUp()
    expect((await app.inject(post('"{', 'application/json'))).json()).toMatchObject({ accepted: 0, rejected: 1 })
    expect(await logged(log)).toEqual(['"{'])
  })

  it('refuses elements over the limit by number, and more of them than allowed', async () => {
    const { app } = await setUp()
    const long = await app.inject(post(`[{}, {"n":"${'x'.repeat(limits.eventBytesMax)}"}]`, 'application/json'))
    expect(long.json()).toMatchObject({ accepted: 1, rejections: [{ line: 2 }] })
    const many = await app.inject(post(`[${'{},'.repeat(limits.eventsMax)}{}]`, 'application/json'))
    expect(many.statusCode).toBe(413)
    const most = await app.inject(post(`[${'{},'.repeat(limits.eventsMax - 1)}{}]`, 'application/json'))
    expect(most.json()).toMatchObject({ accepted: limits.eventsMax })
  })
})

describe('POST of a packed body', () => {
  const packed = (body: Buffer, encoding = 'gzip') =>
    post(body, 'application/x-ndjson', { 'content-encoding': encoding })
  const text = '{"n":1}\n{"n":2}\ncut off\n'

  it.each(['gzip', 'x-gzip', 'GZIP'])('takes what it unpacks to: %s', async (encoding) => {
    const { app, log } = await setUp()
    const response = await app.inject(packed(gzipSync(text), encoding))
    expect(response.json()).toMatchObject({ accepted: 2, rejected: 1, rejections: [{ line: 3 }] })
    expect(await logged(log)).toEqual(['{"n":1}', '{"n":2}', 'cut off'])
    expect((await app.inject(packed(gzipSync(''), encoding))).json()).toMatchObject({ accepted: 0, rejected: 0 })
  })

  it('takes JSON as well, and several parts one after the other', async () => {
    const { app, log } = await setUp()
    const parts = Buffer.concat([gzipSync('[{"n":1},'), gzipSync('{"n":2}]')])
    const response = await app.inject(post(parts, 'application/json', { 'content-encoding': 'gzip' }))
    expect(response.json()).toMatchObject({ accepted: 2, rejected: 0 })
    expect(await logged(log)).toEqual(['{"n":1}', '{"n":2}'])
  })

  it('refuses what unpacks to more than a body may be, and takes the next one', async () => {
    const { app, log } = await setUp()
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    for (let turn = 0; turn < 10; turn += 1) {
      expect((await app.inject(packed(bomb))).json()).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' })
    }
    const spaced = gzipSync('\n'.repeat(limits.eventsMax - 1) + '{"n":1}\n')
    expect((await app.inject(packed(spaced))).json()).toMatchObject({ accepted: 1 })
    expect(await logged(log)).toEqual(['{"n":1}'])
  })

  it('answers a bomb and damaged data while they are still being sent, and lives on', async () => {
    const { app } = await setUp()
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
    const noise = Buffer.concat([gzipSync(text).subarray(0, 20), Buffer.alloc(4_000_000, 7)])
    const bomb = gzipSync(Buffer.alloc(200_000_000, ' '))
    for (const [body, status] of [
      [bomb, 413],
      [noise, 400],
    ] as const) {
      const sent = new Blob([body]).stream()
      const refused = await fetch(`${url}/v1/rsvp/events`, { method: 'POST', body: sent, headers, duplex: 'half' })
      expect(refused.status).toBe(status)
      await refused.arrayBuffer()
    }
    expect((await fetch(`${url}/livez`)).status).toBe(200)
  })

  it.each([
    ['cut off', gzipSync(text).subarray(0, -9)],
    ['damaged', gzipSync(text).fill(0, 12, 20)],
    ['not packed at all', Buffer.from(text)],
  ])('takes nothing of what is %s', async (_, body) => {
    const { app, log } = await setUp()
    expect((await app.inject(packed(body))).json()).toMatchObject({
      status: 400,
      code: 'REQUEST_INVALID',
      detail: expect.stringContaining('gzip data is damaged or cut off'),
    })
    expect(await logged(log)).toEqual([])
  })

  it('answers 415 to what it cannot unpack, and for routes that unpack nothing', async () => {
    const { app } = await setUp()
    for (const encoding of ['br', 'deflate', 'gzip, gzip', '']) {
      const response = await app.inject(packed(gzipSync(text), encoding))
      expect([encoding, response.statusCode]).toEqual([encoding, 415])
      expect(response.json()).toMatchObject({ encodings: ['identity', 'gzip', 'x-gzip'] })
    }
    const sql = { ...post(gzipSync('{}'), 'application/json', { 'content-encoding': 'gzip' }), url: '/v1/sql' }
    expect((await app.inject(sql)).json()).toMatchObject({ status: 415, encodings: ['identity'] })
  })
})

describe('POST of anything else', () => {
  it('answers 415 and names what is taken', async () => {
    const { app, log } = await setUp()
    const requests = [post('{}', 'text/plain'), { method: 'POST', url: '/v1/rsvp/events' } as const]
    for (const request of requests) {
      const response = await app.inject(request)
      expect(response.statusCode).toBe(415)
      expect(response.json()).toMatchObject({
        code: 'CONTENT_TYPE_UNSUPPORTED',
        media_types: ['application/x-ndjson', 'application/json'],
      })
    }
    expect(await logged(log)).toEqual([])
  })

  it('answers 404 with the datasets that exist', async () => {
    const { app } = await setUp()
    const response = await app.inject({ ...post('{}'), url: '/v1/nope/events' })
    expect(response.statusCode).toBe(404)
    expect(response.json()).toMatchObject({ code: 'NOT_FOUND', datasets: ['rsvp'] })
  })
})
