import { describe, expect, it } from 'vitest'
import { loadApiKeys } from '../../../serving/http/api-keys.ts'
import { setUp } from '../../support/serve-fakes.ts'

const [first, second] = ['0123456789abcdef', 'fedcba9876543210']
const apiKeys = loadApiKeys(`# who asks\nreports ${first}\n\n  dashboard\t${second} # until May\r\n`)

describe('API keys', () => {
  it('opens to either header with any of the keys', async () => {
    const { app } = await setUp({ apiKeys })
    for (const headers of [
      { authorization: `Bearer ${first}` },
      { authorization: `bearer  ${second}` },
      { 'x-api-key': second },
    ]) {
      expect((await app.inject({ url: '/v1/status', headers })).statusCode).toBe(200)
    }
  })

  it('answers 401 and how to ask to everybody else, on known and unknown paths alike', async () => {
    const { app, reader, log } = await setUp({ apiKeys })
    const wrong = [
      {},
      { authorization: 'Bearer ' },
      { authorization: `Basic ${first}` },
      { 'x-api-key': `${first}x` },
      { 'x-api-key': '' },
      { 'x-api-key': 'reports' },
    ]
    for (const headers of wrong) {
      for (const url of ['/docs', '/v1/status', '/v1/rsvp/tables/member', '/nope', '/livez/', '/openapi.json']) {
        const response = await app.inject({ url, headers })
        expect([url, response.statusCode]).toEqual([url, 401])
        expect(response.headers['www-authenticate']).toBe('Bearer realm="tidemark"')
        expect(response.json()).toMatchObject({ code: 'UNAUTHORIZED' })
      }
    }
    const post = {
      method: 'POST',
      url: '/v1/rsvp/events',
      headers: { 'content-type': 'application/x-ndjson' },
      payload: '{}',
    } as const
    expect((await app.inject(post)).statusCode).toBe(401)
    expect(reader.requests).toEqual([])
    expect((await log.bounds('rsvp')).get(0)).toMatchObject({ nextOffset: 0n })
  })

  it('lets whoever watches the process see that it lives and is ready', async () => {
    const { app } = await setUp({ apiKeys })
    expect((await app.inject({ url: '/livez?from=probe' })).statusCode).toBe(200)
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(200)
  })

  it('gives the dashboard to everybody: it asks for a key itself', async () => {
    const { app } = await setUp({ apiKeys })
    const page = await app.inject({ url: '/' })
    expect(page.statusCode).toBe(200)
    const [script = ''] = /assets\/[\w.-]+\.js/.exec(page.body) ?? []
    expect((await app.inject({ url: `/${script}` })).statusCode).toBe(200)
    expect((await app.inject({ url: '/assets/no-such-file.js' })).statusCode).toBe(404)
  })

  it('writes the name of a key to the log and never the key', async () => {
    const { app, logged } = await setUp({ apiKeys })
    await app.inject({ url: '/v1/status', headers: { 'x-api-key': second } })
    expect(logged.join('')).toContain('dashboard')
    expect(logged.join('')).not.toContain(second)
  })

  it('names every fault of a file by its line and shows no key', () => {
    expect(() => loadApiKeys(`a ${first}\nb\nc short\na ${second}\nd ${first} more\n`)).toThrow(
      'API keys: line 2: expected a name and a key; line 3: the key has fewer than 16 characters; line 4: a has a key already; line 5: expected a name and a key.',
    )
    expect(() => loadApiKeys('# nobody\n')).toThrow('no line holds a key')
  })
})
