import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { loadApiKeys } from '../../../serving/http/api-keys.ts'
import type { ServerDeps } from '../../../serving/server.ts'
import { setUp } from '../../support/serve-fakes.ts'

const paths = ['/', '/docs', '/livez', '/readyz', '/metrics', '/v1/status', '/v1/rsvp/tables/member', '/nope']

async function statuses(host: string, given: Partial<ServerDeps> = {}): Promise<readonly number[]> {
  const { app } = await setUp(given)
  const responses = await Promise.all(paths.map((url) => app.inject({ url, headers: { host } })))
  return responses.map(({ statusCode }) => statusCode)
}

/** Sends the lines as they are, and returns the status line and the body. */
async function exchange(lines: readonly string[], given: Partial<ServerDeps> = {}): Promise<string> {
  const { app } = await setUp(given)
  const origin = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(origin.port), origin.hostname)
  await once(socket, 'connect')
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
  const answer = await text(socket)
  return answer.replace(/\r\n[^]*\r\n\r\n/, '\n')
}

describe('where no key is asked for', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:8080',
    '192.168.0.7',
    '[::1]',
    '[::1]:8080',
    '[2001:db8::7]:80',
    'localhost',
    'LOCALHOST:8080',
    'localhost.',
    'tidemark.localhost:8080',
  ])('every path answers to %s: no website can have it', async (host) => {
    expect(await statuses(host)).not.toContain(421)
  })

  it.each([
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evillocalhost',
    'notlocalhost:8080',
    'serve-1',
    '2130706433',
    '0x7f.1',
    '127.1',
  ])('no path answers to %s, which a website may have given the address of this machine', async (host) => {
    expect(await statuses(host)).toEqual(paths.map(() => 421))
  })

  it('the names in ALLOWED_HOSTS are answered, with any port and in any case, and no others', async () => {
    const allowedHosts = ['serve-1', 'tidemark.example.org']
    expect(await statuses('serve-1:8080', { allowedHosts })).not.toContain(421)
    expect(await statuses('Tidemark.Example.org.', { allowedHosts })).not.toContain(421)
    expect(await statuses('a.tidemark.example.org', { allowedHosts })).toEqual(paths.map(() => 421))
  })

  it('the refusal says which variable to set, and what it holds', async () => {
    const { app } = await setUp({ allowedHosts: ['serve-1'] })
    const response = await app.inject({ url: '/v1/status', headers: { host: 'proxy.example.org:80' } })
    expect(response.headers['content-type']).toMatch('application/problem+json')
    expect(response.json()).toMatchObject({
      status: 421,
      code: 'HOST_NOT_ALLOWED',
      detail:
        'This service asks for no key, so it answers to IP addresses, to localhost and to the names in ALLOWED_HOSTS, which holds serve-1. To reach it as proxy.example.org, add that name.',
      host: 'proxy.example.org',
      allowed_hosts: ['serve-1'],
    })
  })

  it('nothing is read or appended for a name that is not allowed', async () => {
    const { app, reader, sql, log } = await setUp()
    const headers = { host: 'evil.example' }
    await app.inject({ url: '/v1/rsvp/tables/member', headers })
    await app.inject({ method: 'POST', url: '/v1/sql', headers, payload: { sql: 'SELECT 1' } })
    await app.inject({ method: 'POST', url: '/v1/rsvp/events', headers, payload: { rsvp_id: 1 } })
    expect([...reader.requests, ...sql.requests]).toEqual([])
    expect((await log.bounds('rsvp')).get(0)).toMatchObject({ nextOffset: 0n })
  })

  it('what a proxy says of another host counts for nothing', async () => {
    const { app } = await setUp()
    const forwarded = { 'x-forwarded-host': 'localhost', forwarded: 'host=localhost', 'x-forwarded-for': '127.0.0.1' }
    const refused = await app.inject({ url: '/v1/status', headers: { ...forwarded, host: 'evil.example' } })
    expect(refused.statusCode).toBe(421)
    const named = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    expect((await app.inject({ url: '/v1/status', headers: { ...named, host: 'localhost' } })).statusCode).toBe(200)
  })

  it('a whole address as target names the host, whatever the header says', async () => {
    const target = (host: string) => [`GET http://${host}/livez HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close']
    expect(await exchange(target('evil.example'))).toMatch('421')
    expect(await exchange(target('127.0.0.1:80'))).toMatch('200')
  })
})

describe('where a key is asked for', () => {
  const key = '0123456789abcdef'
  const apiKeys = loadApiKeys(`reports ${key}`)

  it('any name is answered, since a website has no key', async () => {
    const { app } = await setUp({ apiKeys })
    const headers = { host: 'tidemark.example.org', 'x-api-key': key }
    expect((await app.inject({ url: '/v1/status', headers })).statusCode).toBe(200)
    expect((await app.inject({ url: '/v1/status', headers: { host: 'evil.example' } })).statusCode).toBe(401)
  })

  it('a request that names no one host is refused as well', async () => {
    const lines = [`GET /livez HTTP/1.1`, 'Host: a.example', 'Host: a.example', 'Connection: close']
    expect(await exchange(lines, { apiKeys })).toMatch('400')
  })
})

describe('a request that names no one host is 400', () => {
  it.each([
    ['two', ['Host: 127.0.0.1', 'Host: 127.0.0.1'], 'Host is given 2 times: send it once.'],
    ['two, of any case', ['host: 127.0.0.1', 'HOST: evil.example'], 'Host is given 2 times: send it once.'],
    ['none', [], 'Host is missing.'],
    ...[
      '',
      'a b',
      'a,b',
      'localhost, evil.example',
      'user@localhost',
      'localhost/path',
      'localhost:http',
      'localhost:80:80',
      'localhost..',
      '.localhost',
      '[::1',
      '[localhost]',
      '[1.2.3]',
      '::1',
      'b\u00fccher.example',
    ].map(
      (host) =>
        [
          JSON.stringify(host),
          [`Host: ${host}`],
          'Host is not a name or an IP address with or without a port.',
        ] as const,
    ),
  ] as const)('with %s', async (_, hosts, detail) => {
    const answer = await exchange(['GET /v1/status HTTP/1.1', ...hosts, 'Connection: close'])
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request/)
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ code: 'REQUEST_INVALID', detail })
  })

  it('but HTTP/1.0, which some probes speak, has none', async () => {
    expect(await exchange(['GET /livez HTTP/1.0'])).toMatch(/^HTTP\/1.1 200 OK/)
    expect(await exchange(['GET /livez HTTP/1.0', 'Host: evil.example'])).toMatch(/^HTTP\/1.1 421/)
  })
})

describe('a page of another site', () => {
  /** What a browser sends without asking first. */
  const simple = [
    { 'content-type': 'text/plain' },
    { 'content-type': 'text/plain;charset=UTF-8' },
    { 'content-type': 'text/plain; application/json' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data; boundary=application/json' },
    {},
  ]
  const foreign = { host: '127.0.0.1:8080', origin: 'https://evil.example' }

  it('cannot post: what it may send unasked is not taken', async () => {
    const { app, sql, log } = await setUp()
    for (const url of ['/v1/rsvp/events', '/v1/sql']) {
      for (const headers of simple) {
        const payload = Buffer.from('{"sql": "SELECT 1"}')
        const response = await app.inject({ method: 'POST', url, headers: { ...foreign, ...headers }, payload })
        expect([url, headers, response.statusCode]).toEqual([url, headers, 415])
      }
    }
    expect(sql.requests).toEqual([])
    expect((await log.bounds('rsvp')).get(0)).toMatchObject({ nextOffset: 0n })
  })

  it('is granted nothing when its browser asks first, and may read no answer', async () => {
    const { app } = await setUp()
    for (const url of ['/v1/rsvp/events', '/v1/sql', '/v1/status', '/v1/rsvp/tables/member']) {
      const headers = {
        ...foreign,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
        'access-control-request-private-network': 'true',
      }
      for (const method of ['OPTIONS', 'GET'] as const) {
        const response = await app.inject({ method, url, headers })
        expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
        expect(response.headers['cross-origin-resource-policy']).toBe('same-origin')
      }
      expect((await app.inject({ method: 'OPTIONS', url, headers })).statusCode).toBe(405)
    }
  })
})
