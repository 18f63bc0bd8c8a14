import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { probeStore } from '../../connectors/store/probe-store.ts'
import { ensureBucket } from '../../connectors/s3/bucket.ts'
import { openS3Store } from '../../connectors/s3/store.ts'
import { collect, describeStore } from '../contracts/store-contract.ts'
import { describeSharedStore } from '../contracts/store-race-contract.ts'
import { startMinio } from '../servers/minio.ts'
import { describeEachServer, describeWithNativeServers } from '../servers/required-servers.ts'
import { s3StoreOptions } from '../servers/s3-env.ts'
import { startVersitygw } from '../servers/versitygw.ts'

let cacheFolder: string

beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'tidemark-cache-'))
})
afterEach(() => rm(cacheFolder, { recursive: true }))

describeEachServer('s3', ({ name, env }) => {
  const open = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-cache-'))
    const options = s3StoreOptions(env, folder)
    const store = await openS3Store(options)
    const close = async (): Promise<void> => {
      await store.close()
      await rm(folder, { recursive: true })
    }
    return { store, forProcesses: options, filesAreCopies: true, close }
  }

  describeStore(`S3 store on ${name}`, open)
  describeSharedStore(`S3 store on ${name}`, open)

  describe(`S3 store on ${name}`, () => {
    it('passes the probe, which leaves nothing behind', async () => {
      const store = await openS3Store(s3StoreOptions(env, cacheFolder))
      await probeStore(store)
      expect(await collect(store.list(''))).toEqual([])
      await store.close()
    })

    it('names a missing bucket, which can be created', async () => {
      const options = { ...s3StoreOptions(env, cacheFolder), bucket: `tidemark-${randomUUID()}` }
      const store = await openS3Store(options)
      const missing = { code: 'STORE_UNREACHABLE', message: expect.stringContaining('the bucket does not exist') }
      await expect(store.read('a')).rejects.toMatchObject(missing)
      await expect(store.putIfAbsent('a', new Uint8Array())).rejects.toMatchObject(missing)
      expect(await ensureBucket(options)).toBe('created')
      expect(await ensureBucket(options)).toBe('exists')
      expect(await store.read('a')).toBeNull()
      await store.close()
    })

    it('is refused with wrong credentials, in words that help', async () => {
      const options = s3StoreOptions(
        { ...env, AWS_ACCESS_KEY_ID: 'wrong', AWS_SECRET_ACCESS_KEY: 'wrong' },
        cacheFolder,
      )
      const store = await openS3Store(options)
      const message = expect.stringContaining('Check AWS_ACCESS_KEY_ID')
      await expect(store.read('a')).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', message })
      await store.close()
    })
  })
})

describeWithNativeServers('S3 store', () => {
  it.each([
    { name: 'MinIO', start: startMinio },
    { name: 'versitygw', start: startVersitygw },
  ])('sits out a crash of $name, and loses nothing it acknowledged', async ({ start }) => {
    const server = await start()
    const restarts: Promise<void>[] = []
    const store = await openS3Store({
      ...s3StoreOptions(server.env, cacheFolder),
      retry: { attemptsMax: 100, delayMsMax: 200 },
      onRetry: () => {
        if (restarts.length === 0) restarts.push(server.restart())
      },
    })
    try {
      const keys = Array.from({ length: 60 }, (_, index) => String(index).padStart(3, '0'))
      const outcomes = keys.map((key, index) => store.putIfAbsent(key, Buffer.alloc(256 * 1024, index)))
      await outcomes[0]
      await server.kill9()
      expect(await Promise.all(outcomes)).toEqual(keys.map(() => 'created'))
      // Also where every put had come through before the crash.
      expect((await collect(store.list(''))).map(({ key }) => key)).toEqual(keys)
      expect(restarts).toHaveLength(1)
      for (const [index, key] of keys.entries()) {
        expect(Buffer.from((await store.read(key)) ?? []).equals(Buffer.alloc(256 * 1024, index))).toBe(true)
      }
    } finally {
      await Promise.all(restarts)
      await store.close()
      await server.stop()
    }
  })
})
