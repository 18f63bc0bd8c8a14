import { describe, expect, it } from 'vitest'
import { StoredGenerations } from '../../../serving/replica/stored-generations.ts'
import { encodeManifest, manifestKey } from '../../../schemas/formats/manifest.ts'
import { MemoryStore } from '../../fakes/memory-store.ts'
import { makeManifest } from '../../support/make-manifest.ts'

async function commit(store: MemoryStore, generation: number): Promise<void> {
  await store.putIfAbsent(manifestKey('rsvp', generation), encodeManifest(makeManifest({ generation })))
}

async function numbers(generations: StoredGenerations, limit: number): Promise<readonly number[]> {
  return (await generations.newest({ name: 'rsvp', hash: 'hash' }, limit)).map(({ generation }) => generation)
}

describe('the generations of a store', () => {
  it('are none before the first, then the newest, newest first', async () => {
    const store = new MemoryStore()
    const generations = new StoredGenerations(store)
    expect(await numbers(generations, 20)).toEqual([])
    for (const generation of [1, 2, 3]) await commit(store, generation)
    expect(await numbers(generations, 2)).toEqual([3, 2])
    expect(await numbers(generations, 20)).toEqual([3, 2, 1])
  })

  it('are read once: a manifest does not change', async () => {
    const store = new MemoryStore()
    for (const generation of [1, 2]) await commit(store, generation)
    const generations = new StoredGenerations(store)
    await numbers(generations, 20)
    await store.delete(manifestKey('rsvp', 1))
    await commit(store, 3)
    expect(await numbers(generations, 20)).toEqual([3, 2, 1])
  })

  it('are read again where that failed', async () => {
    const store = new MemoryStore()
    await commit(store, 1)
    const generations = new StoredGenerations(store)
    store.failNextRead()
    await expect(numbers(generations, 20)).rejects.toThrow(/memory/)
    expect(await numbers(generations, 20)).toEqual([1])
  })
})
