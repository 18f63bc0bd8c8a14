import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { loadApiKeys } from '../../../serving/http/api-keys.ts'
import { setUp } from '../../support/serve-fakes.ts'

async function errorsOf(document: Record<string, unknown>): Promise<unknown> {
  return (await new Validator().validate(document)).errors
}

describe('/openapi.json', () => {
  it('is valid OpenAPI 3.1, with and without keys', async () => {
    const keys = loadApiKeys('someone 0123456789abcdef')
    for (const apiKeys of [null, keys]) {
      const { app } = await setUp({ apiKeys })
      const response = await app.inject({ url: '/openapi.json', headers: { 'x-api-key': '0123456789abcdef' } })
      const document = response.json()
      expect(document.openapi).toBe('3.1.0')
      expect(await errorsOf(document)).toBeUndefined()
      expect(document.components.securitySchemes === undefined).toBe(apiKeys === null)
    }
  })

  it('is not found valid with a fault in it', async () => {
    const { app } = await setUp()
    const document = (await app.inject({ url: '/openapi.json' })).json()
    delete document.paths['/v1/sql'].post.responses
    document.paths['/v1/sql'].post.parameters[0].in = 'nowhere'
    expect(await errorsOf(document)).toBeDefined()
  })

  it('describes every table and query, and only parameters that are taken', async () => {
    const { app } = await setUp()
    const { paths } = (await app.inject({ url: '/openapi.json' })).json()
    const urls = [
      ...Object.keys(rsvp.tables).map((table) => `/v1/rsvp/tables/${table}`),
      ...Object.keys(rsvp.queries).map((query) => `/v1/rsvp/queries/${query}`),
    ]
    expect(Object.keys(paths)).toEqual(expect.arrayContaining([...urls, '/v1/rsvp/events', '/v1/sql']))
    const values: Readonly<Record<string, string>> = { limit: '1', view: 'batch', after: '{}', format: 'csv' }
    for (const url of urls) {
      for (const { name } of paths[url].get.parameters) {
        if (name === 'cursor') continue
        const response = await app.inject({
          url: `${url}?${name}=${encodeURIComponent(values[name] ?? valueOf(url, name))}`,
        })
        expect([url, name, response.statusCode]).toEqual([url, name, 200])
      }
    }
  })

  it('describes every path that the server has, pages aside', async () => {
    const { app } = await setUp()
    const { paths } = (await app.inject({ url: '/openapi.json' })).json()
    for (const url of Object.keys(paths)) {
      expect([url, (await app.inject({ method: 'PUT', url })).statusCode]).toEqual([url, 405])
    }
    const routes = app.printRoutes({ commonPrefix: false, includeHooks: false })
    expect(routes.match(/\((GET|POST)/g)).toHaveLength(15)
  })
})

/** A value that the query's parameter takes. */
function valueOf(url: string, name: string): string {
  const parameter = rsvp.queries[url.split('/').at(-1) ?? '']?.parameters[name]
  switch (parameter?.type) {
    case 'text':
      return 'London'
    case 'integer':
    case 'number':
      return String(parameter.minimum ?? 1)
    case 'timestamp':
      return '2017-03-19T12:30:00Z'
    case 'duration':
      return 'PT1H'
    case 'timezone':
      return 'Europe/Berlin'
    case 'choice':
      return parameter.choices?.[0] ?? ''
    case undefined:
      return ''
  }
}
