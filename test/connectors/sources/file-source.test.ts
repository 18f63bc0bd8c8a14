import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFileSource } from '../../../connectors/sources/file-source.ts'
import { openStdinSource } from '../../../connectors/sources/stdin-source.ts'
import { readSource } from './read-source.ts'

const lineBytesMax = 1000
const body = `\ufeff{"a":1}\r\n\n{"b":2}\n${'x'.repeat(1001)}\n{"c":3}\n{"cut off`
const events = ['{"a":1}', '{"b":2}', '{"c":3}', '{"cut off']

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-source-'))
  path = join(folder, 'events.ndjson')
})
afterEach(() => rm(folder, { recursive: true }))

describe.each([
  ['plain', (text: string) => Buffer.from(text)],
  ['gzipped', (text: string) => gzipSync(text)],
  ['gzipped in two members', (text: string) => Buffer.concat([gzipSync(text.slice(0, 30)), gzipSync(text.slice(30))])],
])('a %s file', (_, pack) => {
  it('is read line by line, a last line that is cut off too, and names lines that are too long', async () => {
    await writeFile(path, pack(body))
    const { texts, tooLong } = await readSource(openFileSource(path, { lineBytesMax }))
    expect(texts).toEqual(events)
    expect(tooLong).toEqual([4])
  })

  it('resumes after any line, with the same line numbers', async () => {
    await writeFile(path, pack(body))
    const source = openFileSource(path, { lineBytesMax })
    const { lines, last } = await readSource(source)
    for (const [i, { position }] of lines.entries()) {
      expect((await readSource(source, position)).lines).toEqual(lines.slice(i + 1))
    }
    expect((await readSource(source, last)).lines).toEqual([])
  })

  it('is read from its start where it is another file now', async () => {
    await writeFile(path, pack(body))
    const source = openFileSource(path, { lineBytesMax })
    const { last } = await readSource(source)
    await writeFile(path, pack(`{"new":0}\n${body.slice(1)}`))
    expect((await readSource(source, last)).texts).toEqual(['{"new":0}', ...events])
  })
})

it('goes on where a file has grown', async () => {
  await writeFile(path, 'a\nb\n')
  const source = openFileSource(path, { lineBytesMax })
  const { last } = await readSource(source)
  await appendFile(path, 'c\n')
  expect((await readSource(source, last)).lines).toMatchObject([{ text: 'c', number: 3 }])
})

it('is one source by whatever path it is named', () => {
  expect(openFileSource('./a/../b.ndjson', { lineBytesMax }).name).toBe(
    openFileSource('b.ndjson', { lineBytesMax }).name,
  )
})

it('refuses a file that is missing, by name', async () => {
  await expect(readSource(openFileSource(path, { lineBytesMax }))).rejects.toMatchObject({
    code: 'SOURCE_FAILED',
    message: expect.stringContaining(path),
  })
})

it('hands on what a damaged gzip file still holds, then says so', async () => {
  const long = Array.from({ length: 200_000 }, (_, i) => `{"n":${i}}\n`).join('')
  await writeFile(path, gzipSync(long))
  await truncate(path, 200_000)
  const seen: string[] = []
  const reading = async () => {
    for await (const { lines } of openFileSource(path, { lineBytesMax }).read(null, new AbortController().signal)) {
      seen.push(...lines.map(({ bytes }) => Buffer.from(bytes).toString()))
    }
  }
  await expect(reading()).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
  expect(seen.length).toBeGreaterThan(1000)
})

describe('stdin', () => {
  it.each([
    ['plain', Buffer.from(body)],
    ['gzipped', gzipSync(body)],
  ])('is read to its end, %s, one byte at a time', async (_, bytes) => {
    const stdin = Readable.from([...bytes].map((byte) => Buffer.from([byte])))
    const { texts, tooLong, last } = await readSource(openStdinSource(stdin, { lineBytesMax }))
    expect(texts).toEqual(events)
    expect(tooLong).toEqual([4])
    expect(last).toBeNull()
  })

  it('stops where nothing more comes and the signal aborts', async () => {
    const stdin = new Readable({ read: () => {} })
    stdin.push('a\n')
    expect((await readSource(openStdinSource(stdin, { lineBytesMax }), null, 1)).texts).toEqual(['a'])
  })
})
