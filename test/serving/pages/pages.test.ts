import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { setUp } from '../../support/serve-fakes.ts'

describe('the dashboard', () => {
  it('is a page that runs and loads what the service serves and nothing else', async () => {
    const { app } = await setUp()
    const home = await app.inject({ url: '/' })
    expect(home.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
    const policy = String(home.headers['content-security-policy'])
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /)
    expect(policy).not.toContain('unsafe')
    expect(home.body).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:/)
  })

  it('comes with files that a browser may keep, for their names change with what is in them', async () => {
    const { app } = await setUp()
    const { body } = await app.inject({ url: '/' })
    const files = [...body.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
    const endings = files.map((path) => path.slice(path.lastIndexOf('.')))
    expect(new Set(endings)).toEqual(new Set(['.css', '.js', '.svg']))
    for (const url of files) {
      const file = await app.inject({ url })
      expect([url, file.statusCode, file.headers['cache-control']]).toEqual([
        url,
        200,
        'public, max-age=31536000, immutable',
      ])
      expect(file.headers['content-type']).toMatch(/^(text\/(css|javascript); charset=utf-8|image\/svg\+xml)$/)
      const small = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } })
      expect(small.headers['content-encoding']).toBe('br')
      expect(brotliDecompressSync(small.rawPayload).equals(file.rawPayload)).toBe(true)
    }
  })

  it('serves nothing but its own files', async () => {
    const { app } = await setUp()
    for (const url of ['/assets/', '/assets/none.js', '/assets/..%2Findex.html', '/assets/..%2F..%2Fcli%2Fmain.js'])
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 404])
  })
})

describe('the routes for people', () => {
  it('are shown without a script', async () => {
    const { app } = await setUp()
    const docs = await app.inject({ url: '/docs' })
    expect(docs.statusCode).toBe(200)
    for (const path of ['/v1/rsvp/tables/member', '/v1/rsvp/queries/yes-by-city', '/v1/sql'])
      expect(docs.body).toContain(path)
    expect(docs.body).not.toContain('<script')
  })
})
