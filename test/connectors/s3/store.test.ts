import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureBucket } from '../../../connectors/s3/bucket.ts'
import type { S3StoreOptions } from '../../../connectors/s3/client.ts'
import { openS3Store } from '../../../connectors/s3/store.ts'
import { sha256Of } from '../../../schemas/formats/own-digest.ts'
import type { CheckedObject, ObjectStore } from '../../../schemas/ports/store.ts'
import { collect, describeStore } from '../../contracts/store-contract.ts'
import { describeSharedStore } from '../../contracts/store-race-contract.ts'
import { S3Server } from '../../fakes/s3-server.ts'
import { unchecked } from '../../fakes/unchecked.ts'

const openOnFake = async () => {
  const server = await S3Server.start()
  const cacheFolder = await mkdtemp(join(tmpdir(), 'tidemark-cache-'))
  const options = { ...server.options, prefix: 'below', cacheFolder }
  const store = await openS3Store(options)
  const close = async (): Promise<void> => {
    await store.close()
    await server.close()
    await rm(cacheFolder, { recursive: true })
  }
  return { store, forProcesses: options, filesAreCopies: true, close }
}

describeStore('S3 store', openOnFake)
describeSharedStore('S3 store', openOnFake)

describe('S3 store', () => {
  let server: S3Server
  let cacheFolder: string
  let options: S3StoreOptions
  let store: ObjectStore
  let retries: string[]
  const body = Buffer.from('mine')
  const slowDown = { status: 503, code: 'SlowDown' }

  beforeEach(async () => {
    server = await S3Server.start()
    cacheFolder = await mkdtemp(join(tmpdir(), 'tidemark-cache-'))
    retries = []
    const onRetry = (message: string): void => void retries.push(message)
    options = { ...server.options, cacheFolder, onRetry, retry: { attemptsMax: 4, delayMsMax: 1 } }
    store = await openS3Store(options)
  })
  afterEach(async () => {
    await store.close()
    await server.close()
    await rm(cacheFolder, { recursive: true })
  })

  describe('a put whose outcome is unknown', () => {
    it('was its own where its own object is there', async () => {
      server.failNext('PUT', 'reset-after')
      expect(await store.putIfAbsent('a', body)).toBe('created')
      expect(server.seen).toEqual(['PUT', 'HEAD'])
      expect(retries).toEqual([expect.stringContaining('put of a')])
    })

    it('lost where the object of another put is there, of the same bytes too', async () => {
      await store.putIfAbsent('a', body)
      server.failNext('PUT', 'reset-before')
      expect(await store.putIfAbsent('a', body)).toBe('exists')
    })

    it('is made again where nothing is there', async () => {
      server.failNext('PUT', 'reset-before', slowDown, { status: 409, code: 'ConditionalRequestConflict' })
      expect(await store.putIfAbsent('a', body)).toBe('created')
      expect(await store.read('a')).toEqual(new Uint8Array(body))
      expect(retries).toHaveLength(3)
    })

    it('was its own where a later attempt finds it there', async () => {
      server.failNext('PUT', 'reset-after')
      server.failNext('HEAD', { status: 404, code: 'NoSuchKey' })
      expect(await store.putIfAbsent('a', body)).toBe('created')
      expect(server.seen).toEqual(['PUT', 'HEAD', 'PUT', 'HEAD'])
    })

    it('is settled by the bytes where an object does not say whose it is', async () => {
      server.set('a', 'mine')
      server.set('b', 'your')
      server.failNext('PUT', 'reset-before', 'reset-before')
      expect(await store.putIfAbsent('a', body)).toBe('created')
      expect(await store.putIfAbsent('b', body)).toBe('exists')
    })

    it('is not settled by a guess when the store cannot be asked either', async () => {
      server.failNext('PUT', 'reset-after')
      server.failNext('HEAD', slowDown, slowDown, slowDown)
      await expect(store.putIfAbsent('a', body)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
      expect(await store.putIfAbsent('a', body)).toBe('exists')
    })
  })

  it('repeats reads, lists, downloads and deletes that failed for a passing reason, also half-way', async () => {
    await store.putIfAbsent('a', body)
    server.failNext('GET', 'cut', slowDown)
    expect(await store.read('a')).toEqual(new Uint8Array(body))
    server.failNext('GET', 'reset-before')
    expect((await collect(store.list(''))).map(({ key }) => key)).toEqual(['a'])
    server.failNext('GET', 'cut', 'cut')
    expect(await store.withFiles([unchecked('a')], ([path = '']) => readFile(path, 'utf8'))).toBe('mine')
    server.failNext('DELETE', 'reset-after')
    await store.delete('a')
    expect(retries).toHaveLength(6)
  })

  describe('a copy that is not what was written', () => {
    const text = ([path = '']: readonly string[]) => readFile(path, 'utf8')
    const checked: CheckedObject = {
      key: 'a',
      check: {
        isWhole: async (copy) => (await sha256Of(copy)) === (await sha256Of(body)),
        fault: { code: 'TABLE_CORRUPT', mend: 'mend it' },
      },
    }
    // Each download is preceded by a GET that asks which object there is.
    const badDownload = { flipBit: 5 }

    beforeEach(async () => {
      await store.putIfAbsent('a', body)
    })

    it('is fetched again and never kept', async () => {
      server.failNext('GET', badDownload, badDownload)
      expect(await store.withFiles([checked], text)).toBe('mine')
      expect(retries).toEqual([expect.stringContaining('a copy of a is damaged; another is fetched')])
      const gets = server.seen.length
      expect(await store.withFiles([checked], text)).toBe('mine')
      expect(server.seen.length - gets).toBe(1)
    })

    it('twice is damage of the store, and is not kept either', async () => {
      server.failNext('GET', badDownload, badDownload, badDownload)
      await expect(store.withFiles([checked], text)).rejects.toMatchObject({
        code: 'TABLE_CORRUPT',
        message: `a is damaged in ${store.description}, as two reads of it found: mend it`,
      })
      expect(await store.withFiles([checked], text)).toBe('mine')
    })

    it('is found in the cache too, where a disk has damaged it since', async () => {
      await store.withFiles([checked], text)
      const objects = join(cacheFolder, 'objects')
      const [copy = ''] = await readdir(objects)
      await writeFile(join(objects, copy), 'mime')
      expect(await store.withFiles([checked], text)).toBe('mine')
      expect(await readFile(join(objects, copy), 'utf8')).toBe('mine')
      expect(retries).toEqual([])
    })

    it('does not change what another has been lent', async () => {
      await store.withFiles([unchecked('a')], async ([lent = '']) => {
        await writeFile(lent, 'mime')
        expect(await store.withFiles([checked], text)).toBe('mine')
        expect(await readFile(lent, 'utf8')).toBe('mime')
      })
    })
  })

  it('gives up in the end, naming endpoint, bucket and cause', async () => {
    server.failNext('GET', slowDown, slowDown, slowDown, slowDown)
    await expect(store.read('a')).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: `s3://bucket at ${options.endpoint}: read of a: SlowDown`,
      cause: { name: 'SlowDown' },
    })
    expect(retries).toHaveLength(3)
    await server.close()
    const message = expect.stringContaining('ECONNREFUSED')
    await expect(store.read('a')).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', message })
    server = await S3Server.start()
  })

  it('does not repeat what will not pass, and says what to do', async () => {
    server.failNext('GET', { status: 403, code: 'InvalidAccessKeyId' })
    await expect(store.read('a')).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('refused (InvalidAccessKeyId). Check AWS_ACCESS_KEY_ID'),
    })
    expect(retries).toEqual([])
  })

  it('never takes a missing bucket for an empty one', async () => {
    server.removeBucket()
    const missing = {
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('the bucket does not exist. Create it'),
    }
    await expect(store.read('a')).rejects.toMatchObject(missing)
    await expect(store.putIfAbsent('a', body)).rejects.toMatchObject(missing)
    await expect(collect(store.list(''))).rejects.toMatchObject(missing)
    await expect(store.withFiles([unchecked('a')], async () => {})).rejects.toMatchObject(missing)
    await expect(store.delete('a')).rejects.toMatchObject(missing)
  })

  it('creates a missing bucket on demand, and leaves one that is there', async () => {
    expect(await ensureBucket(options)).toBe('exists')
    server.removeBucket()
    expect(await Promise.all([ensureBucket(options), ensureBucket(options)])).toContain('created')
    expect(await ensureBucket(options)).toBe('exists')
  })

  it('keeps metadata with the object', async () => {
    await store.putIfAbsent('a', body, { 'next-offset': '17' })
    expect(server.metadata('a')).toMatchObject({ 'next-offset': '17' })
  })

  it('never takes a refusal for a missing object, whatever its status', async () => {
    server.failNext('GET', { status: 404, code: 'XAdminUserNotFound' })
    await expect(store.read('a')).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('refused (XAdminUserNotFound)'),
    })
  })

  it('keeps all its keys below its prefix, and sees no others', async () => {
    server.set('outside', 'x')
    server.set('below/inside', 'y')
    server.set('below/not a key', 'z')
    const prefixed = await openS3Store({ ...options, prefix: 'below' })
    await prefixed.putIfAbsent('a', body)
    expect(server.metadata('below/a')).not.toBeNull()
    expect((await collect(prefixed.list(''))).map(({ key }) => key)).toEqual(['a', 'inside'])
    expect(await prefixed.read('outside')).toBeNull()
    expect(prefixed.url('a')).toBe('s3://bucket/below/a')
    expect(prefixed.description).toBe(`s3://bucket/below at ${options.endpoint}`)
    await prefixed.close()
  })

  it('removes what a killed process left in its cache folder when it is opened', async () => {
    const dead = join(cacheFolder, 'lent', `${hostname()}~${process.pid}~1~x`)
    await mkdir(dead)
    const again = await openS3Store(options)
    expect(await readdir(join(cacheFolder, 'lent'))).toEqual([])
    await again.close()
  })

  it('ends its waiting when it is closed', async () => {
    const patient = await openS3Store({
      ...options,
      retry: { attemptsMax: 100, delayMsMax: 60_000 },
      onRetry: () => setImmediate(() => void patient.close()),
    })
    server.failNext('GET', slowDown)
    await expect(patient.read('a')).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
