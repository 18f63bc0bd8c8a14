import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadApiKeys } from '../../../serving/http/api-keys.ts'
import type { ServerDeps } from '../../../serving/server.ts'
import { oneRow } from '../../fakes/fake-reader.ts'
import { setUp } from '../../support/serve-fakes.ts'
import { Tidemark } from '../run-tidemark.ts'

describe('tidemark query --url', () => {
  let tidemark: Tidemark

  beforeEach(async () => {
    tidemark = await Tidemark.open()
  })

  afterEach(async () => {
    await tidemark.close()
  })

  async function listen(given: Partial<ServerDeps> = {}) {
    const server = await setUp(given)
    const url = await server.app.listen({ host: '127.0.0.1', port: 0 })
    return { ...server, url }
  }

  it('asks a server for the same answer, parameters by position and in the view asked for', async () => {
    const { url, sql } = await listen()
    const ran = await tidemark.run(
      'query',
      "SELECT '$city', $n, $city, $n",
      '--param',
      'city=London',
      '--param',
      'n=5',
      '--view',
      'batch',
      '--url',
      url,
    )
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ran.stdout)).toMatchObject({ row_count: expect.any(Number), as_of: { view: expect.any(String) } })
    expect(sql.requests.at(-1)).toMatchObject({
      sql: "SELECT '$city', $1, $2, $1",
      params: [5n, 'London'],
      view: 'batch',
    })
  })

  it('asks for a named query by its address', async () => {
    const { url, reader } = await listen()
    const ran = await tidemark.run('query', '--name', 'most-active-members', '--param', 'limit=3', '--url', `${url}/`)
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(reader.requests.at(-1)).toMatchObject({ params: { limit: 3n } })
  })

  it('draws a box of what the server answers', async () => {
    const { url } = await listen()
    const { stdout } = await tidemark.run('query', 'SELECT 1', '--url', url, '--format', 'box')
    expect(stdout).toMatch(/^┌/)
    expect(stdout).toMatch(/rows? in [\d.]+ ms/)
  })

  it('shows what the server answers under any name', async () => {
    const { url, sql } = await listen()
    sql.answer = () => ({ ...oneRow, columns: [{ name: '__proto__', type: 'STRUCT(a INTEGER)' }], rows: [[{ a: 7 }]] })
    const { stdout } = await tidemark.run('query', 'SELECT 1', '--url', url, '--format', 'box')
    expect(stdout).toContain('{"a":7}')
  })

  it('gives on every other format as it comes', async () => {
    const { url } = await listen()
    const { stdout } = await tidemark.run('query', 'SELECT 1', '--url', url, '--format', 'csv')
    expect(stdout).toMatch(/\r\n$/)
  })

  it("passes on a server's refusal in its words", async () => {
    const { url, sql } = await listen()
    const ran = await tidemark.run('query', '--name', 'most-active-members', '--param', 'limit=0', '--url', url)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain('limit: expected an integer from 1')
    expect(sql.requests).toEqual([])
  })

  it('sends the key of a file, and says what an answer without one means', async () => {
    const { url } = await listen({ apiKeys: loadApiKeys('ci 0123456789abcdef') })
    const file = join(tidemark.folder, 'key')
    await writeFile(file, '0123456789abcdef\n')
    expect(await tidemark.run('query', 'SELECT 1', '--url', url)).toMatchObject({ code: 1, stdout: '' })
    expect(await tidemark.run('query', 'SELECT 1', '--url', url, '--key-file', file)).toMatchObject({ code: 0 })
    expect(
      await tidemark.run('query', 'SELECT 1', '--url', url, '--key-file', join(tidemark.folder, 'none')),
    ).toMatchObject({ code: 2 })
  })

  it('refuses a parameter that the statement has and nobody gave, and one that it does not have', async () => {
    const { url } = await listen()
    expect((await tidemark.run('query', 'SELECT $a', '--url', url)).stderr).toContain('give it a value with --param a=')
    expect((await tidemark.run('query', 'SELECT 1', '--param', 'a=1', '--url', url)).stderr).toContain(
      'the statement has no parameter $a',
    )
  })
})
