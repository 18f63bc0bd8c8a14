import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolderStore } from '../../connectors/folder/store.ts'
import { openS3Store } from '../../connectors/s3/store.ts'
import type { CheckedObject, ObjectBody, ObjectCheck, ObjectStore } from '../../schemas/ports/store.ts'
import { flipBit, flipBitOfFile } from './flip-bit.ts'
import { S3Server } from './s3-server.ts'

/** A store as it is, whose objects can be damaged. */
export type DamagedStore = {
  readonly store: ObjectStore
  /** The next copy of the object has this bit changed; the object is as it was. */
  flipOnce(key: string, bit: number): void
  /** Changes a bit of the object itself; a second time, back. */
  flipForGood(key: string, bit: number): Promise<void>
  close(): Promise<void>
}

export async function openDamagedS3(): Promise<DamagedStore> {
  const server = await S3Server.start()
  const cacheFolder = await mkdtemp(join(tmpdir(), 'tidemark-cache-'))
  const store = await openS3Store({ ...server.options, cacheFolder })
  return {
    store,
    flipOnce: (key, bit) => server.flipOnce(key, bit),
    flipForGood: async (key, bit) => server.flipForGood(key, bit),
    close: async () => {
      await store.close()
      await server.close()
      await rm(cacheFolder, { recursive: true })
    },
  }
}

/** A folder lends its objects themselves: one is damaged while it is looked at, and mended before it is looked at again. */
export async function openDamagedFolder(): Promise<DamagedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-store-'))
  const store = await openFolderStore({ folder })
  const flips = new Map<string, number>()
  const damaging = (key: string, check: ObjectCheck): ObjectCheck => ({
    ...check,
    isWhole: async (copy) => {
      const bit = flips.get(key)
      if (bit === undefined) return await check.isWhole(copy)
      flips.delete(key)
      await flip(copy, bit)
      try {
        return await check.isWhole(copy)
      } finally {
        if ('file' in copy) await flip(copy, bit)
      }
    },
  })
  const damaged: ObjectStore = {
    description: store.description,
    putIfAbsent: (...put) => store.putIfAbsent(...put),
    read: (key, check) => store.read(key, check === undefined ? check : damaging(key, check)),
    has: (key) => store.has(key),
    list: (...prefix) => store.list(...prefix),
    withFiles: (objects: readonly CheckedObject[], use) =>
      store.withFiles(
        objects.map(({ key, check }) => ({ key, check: damaging(key, check) })),
        use,
      ),
    delete: (key) => store.delete(key),
    url: (key) => store.url(key),
    close: () => store.close(),
  }
  return {
    store: damaged,
    flipOnce: (key, bit) => void flips.set(key, bit),
    flipForGood: (key, bit) => flipBitOfFile(store.url(key), bit),
    close: async () => {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function flip(copy: ObjectBody, bit: number): Promise<void> {
  if ('file' in copy) await flipBitOfFile(copy.file, bit)
  else flipBit(copy, bit)
}
