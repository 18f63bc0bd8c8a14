import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFolderStore } from '../../../connectors/folder/store.ts'
import { probeStore } from '../../../connectors/store/probe-store.ts'
import { openS3Store } from '../../../connectors/s3/store.ts'
import type { ObjectBody } from '../../../schemas/ports/store.ts'
import { MemoryStore } from '../../fakes/memory-store.ts'

/** Behaves, but for the puts that `isFaulty` picks by how many puts of the same key have begun before, and by their size. */
class FaultyStore extends MemoryStore {
  readonly #isFaulty: (before: number, bytes: number) => boolean
  readonly #begun = new Map<string, number>()
  readonly #faultyOutcome: 'created' | 'exists'

  constructor(faultyOutcome: 'created' | 'exists', isFaulty: (before: number, bytes: number) => boolean) {
    super()
    this.#faultyOutcome = faultyOutcome
    this.#isFaulty = isFaulty
  }

  override async putIfAbsent(key: string, body: ObjectBody): Promise<'created' | 'exists'> {
    if ('file' in body) throw new TypeError('the probe puts bytes')
    const before = this.#begun.get(key) ?? 0
    this.#begun.set(key, before + 1)
    const outcome = await super.putIfAbsent(key, body)
    if (!this.#isFaulty(before, body.length)) return outcome
    this.replace(key, body)
    return this.#faultyOutcome
  }
}

const mebibyte = 1024 * 1024

describe('the probe of a store', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-probe-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('takes a store that fences, and leaves nothing behind', async () => {
    const memory = new MemoryStore()
    await probeStore(memory)
    expect(memory.keys()).toEqual([])
    await probeStore(await openFolderStore({ folder }))
  })

  it.each([
    { fault: 'overwrites', store: () => new FaultyStore('created', (before) => before > 0) },
    {
      fault: 'overwrites while it says that the object exists',
      store: () => new FaultyStore('exists', (before) => before > 0),
    },
    { fault: 'has two winners of a race', store: () => new FaultyStore('created', (before) => before === 15) },
    {
      fault: 'fences small objects only',
      store: () => new FaultyStore('created', (before, bytes) => before > 0 && bytes > 5 * mebibyte),
    },
    { fault: 'says that everything exists', store: () => new FaultyStore('exists', () => true) },
  ])('refuses a store that $fault', async ({ store: open }) => {
    const store = open()
    await expect(probeStore(store)).rejects.toMatchObject({
      code: 'STORE_UNSAFE',
      message: expect.stringContaining('memory store'),
    })
    expect(store.keys()).toEqual([])
  })

  it('does not call a store unsafe because it cannot be reached', async () => {
    const store = new MemoryStore()
    store.failNextPut('error-before')
    await expect(probeStore(store)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  })

  it('refuses s3rver, a real store without conditional puts', async () => {
    const options = { address: '127.0.0.1', port: 0, silent: true, configureBuckets: [{ name: 'bucket' }] }
    const server = new S3rver({ ...options, directory: join(folder, 's3rver') })
    const { port } = await server.run()
    const store = await openS3Store({
      bucket: 'bucket',
      endpoint: `http://127.0.0.1:${port}`,
      cacheFolder: join(folder, 'cache'),
      clientConfig: { region: 'us-east-1', credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } },
    })
    try {
      await expect(probeStore(store)).rejects.toMatchObject({
        code: 'STORE_UNSAFE',
        message: expect.stringContaining('lets a second put replace an object'),
      })
    } finally {
      await store.close()
      await server.close()
    }
  })
})
