import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openS3Source } from '../../../connectors/sources/s3-source.ts'
import { openS3Store } from '../../../connectors/s3/store.ts'
import { S3Server } from '../../fakes/s3-server.ts'
import { readSource } from './read-source.ts'

let server: S3Server
let messages: string[]

beforeEach(async () => {
  server = await S3Server.start()
  messages = []
})
afterEach(() => server.close())

function open(url = 's3://bucket/in/') {
  const { endpoint, clientConfig } = server.options
  return openS3Source(url, { lineBytesMax: 1000, endpoint, clientConfig, onRetry: (message) => messages.push(message) })
}

function setUp(): void {
  server.set('in/b.ndjson', 'b1\nb2')
  server.set('in/a.ndjson', '\ufeffa1\n\na2\n')
  server.set('in/c/', '')
  server.set('in/d.ndjson', 'd1\n')
  server.set('other/x.ndjson', 'x1\n')
}

it('reads the objects under a prefix in the order of their keys', async () => {
  setUp()
  const { lines } = await readSource(open())
  expect(lines.map(({ text, number }) => [text, number])).toEqual([
    ['a1', 1],
    ['a2', 3],
    ['b1', 1],
    ['b2', 2],
    ['d1', 1],
  ])
})

it('resumes after any line, and after the last with nothing but what is new', async () => {
  setUp()
  const { lines, texts, last } = await readSource(open())
  for (const [i, { position }] of lines.entries())
    expect((await readSource(open(), position)).texts).toEqual(texts.slice(i + 1))
  const before = server.seen.length
  expect((await readSource(open(), last)).texts).toEqual([])
  expect(server.seen.slice(before)).toEqual(['GET'])
  server.set('in/e.ndjson', 'e1\n')
  expect((await readSource(open(), last)).texts).toEqual(['e1'])
})

it('reads each object as it is framed, resumes after any event, and goes on behind one that is broken', async () => {
  const firehose = '{"a":1}{"a":2}{"a":3}'
  server.set('in/a', firehose)
  server.set('in/b', '[\n {"b":1},\n {"b":2}\n]\n')
  server.set('in/c', '{"c":1}{"c":')
  server.set('in/d', '{"d":1}\n{"d":2}\n')
  const { lines, texts } = await readSource(open())
  expect(texts).toEqual(['{"a":1}', '{"a":2}', '{"a":3}', '{"b":1}', '{"b":2}', '{"c":1}', '{"d":1}', '{"d":2}'])
  for (const [i, { position }] of lines.entries())
    expect((await readSource(open(), position)).texts).toEqual(texts.slice(i + 1))
})

it('reads an object again from its start where it was replaced since', async () => {
  setUp()
  const { lines } = await readSource(open())
  server.set('in/a.ndjson', 'new1\nnew2\nnew3\n')
  expect((await readSource(open(), lines[0]?.position ?? null)).texts).toEqual([
    'new1',
    'new2',
    'new3',
    'b1',
    'b2',
    'd1',
  ])
})

it('waits for a store that does not answer, and goes on where an object broke off', async () => {
  const long = Array.from({ length: 20_000 }, (_, i) => `line ${i}`)
  server.set('in/long.ndjson', long.join('\n'))
  server.failNext('GET', { status: 503, code: 'SlowDown' }, 'reset-before', 'cut')
  expect((await readSource(open())).texts).toEqual(long)
  expect(messages.length).toBeGreaterThanOrEqual(2)
})

it('says what is wrong with a bucket that is missing, and with a URL', async () => {
  server.removeBucket()
  await expect(readSource(open())).rejects.toMatchObject({
    code: 'SOURCE_FAILED',
    message: expect.stringContaining('s3://bucket/in/'),
  })
  expect(() => open('s3:///in')).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

it('unpacks objects that are gzipped, whatever their names are', async () => {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'tidemark-source-'))
  const store = await openS3Store({ ...server.options, cacheFolder })
  await store.putIfAbsent('in/z.gz', gzipSync('z1\nz2\n'))
  expect((await readSource(open())).texts).toEqual(['z1', 'z2'])
  await store.close()
  await rm(cacheFolder, { recursive: true })
})

it('refuses a bucket that no store can have, before it asks', () => {
  expect(() => open('s3://Not_A_Bucket/in/')).toThrow(
    /s3:\/\/Not_A_Bucket\/in\/: a bucket's name is 3 to 63 lower-case/,
  )
})
