import { describe, expect, it } from 'vitest'
import { generationsBack, newestGeneration } from '../../../schemas/formats/generations.ts'
import { manifestKey } from '../../../schemas/formats/manifest.ts'
import { MemoryStore } from '../../fakes/memory-store.ts'

/** A store with keys of these generations, and how many requests it was sent: of a list, one for 1,000 keys. */
async function storeOf(generations: Iterable<number>) {
  const store = new MemoryStore()
  for (const generation of generations) await store.putIfAbsent(manifestKey('rsvp', generation), new Uint8Array())
  let requests = 0
  const counted = new Proxy(store, {
    get(target, name) {
      if (name === 'has')
        return (key: string) => {
          requests += 1
          return target.has(key)
        }
      if (name === 'list')
        return async function* list(prefix: string, after?: string) {
          let keys = 0
          for await (const object of target.list(prefix, after)) {
            if (keys % 1000 === 0) requests += 1
            keys += 1
            yield object
          }
          if (keys === 0) requests += 1
        }
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { store: counted, requests: () => requests }
}

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1)

describe('the newest generation', () => {
  it.each([1, 999, 1000, 1001, 2000, 2999, 3000, 3001, 6999, 7000, 7001, 8500])(
    'of %i is the last one',
    async (last) => {
      const { store } = await storeOf(upTo(last))
      expect(await newestGeneration(store, 'rsvp')).toBe(last)
      expect(await newestGeneration(store, 'rsvp', last - 1)).toBe(last)
      expect(await newestGeneration(store, 'rsvp', last)).toBeNull()
    },
  )

  it('of none is null', async () => {
    const { store } = await storeOf([])
    expect(await newestGeneration(store, 'rsvp')).toBeNull()
  })

  it.each([
    ['in the middle', [...upTo(1500), ...upTo(4000).slice(2500)]],
    ['where it looks first', [...upTo(999), 1001, 1002]],
    ['before all', [5000, 5001]],
    ['before the last', [...upTo(3000), 90_000]],
  ])('is the last one also where manifests were removed %s', async (_where, generations) => {
    const { store } = await storeOf(generations)
    expect(await newestGeneration(store, 'rsvp')).toBe(generations.at(-1))
  })

  it('takes two requests for a short history, and few for a long one', async () => {
    const short = await storeOf(upTo(400))
    await newestGeneration(short.store, 'rsvp')
    expect(short.requests()).toBe(2)
    const long = await storeOf(upTo(20_000))
    await newestGeneration(long.store, 'rsvp')
    expect(long.requests()).toBeLessThan(12)
  })
})

describe('generations back', () => {
  it('are all that there are, descending, without a gap at the borders of pages', async () => {
    const generations = upTo(2500).filter((generation) => generation % 7 !== 0)
    const { store } = await storeOf(generations)
    const found: number[] = []
    for await (const generation of generationsBack(store, 'rsvp', { newest: 2402, after: 3 })) found.push(generation)
    expect(found).toEqual(generations.filter((generation) => generation > 3 && generation <= 2402).toReversed())
  })

  it('take a request for a thousand, of those that are asked for', async () => {
    const { store, requests } = await storeOf(upTo(5000))
    for await (const generation of generationsBack(store, 'rsvp', { newest: 5000, after: 0 }))
      if (generation < 4990) break
    expect(requests()).toBe(1)
  })
})
