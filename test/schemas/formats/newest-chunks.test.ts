import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { listChunks, listNewestChunks } from '../../../schemas/formats/raw-chain.ts'
import { chunkKey } from '../../../schemas/formats/raw-chunk.ts'
import { MemoryStore } from '../../fakes/memory-store.ts'

type Chain = {
  readonly from: bigint
  readonly lengths: readonly number[]
  readonly beyond: number
  readonly bytesMin: number
}

/** Chunks of ten bytes each that begin where the one before ends. The log ends `beyond` offsets after, or before, the chain. */
async function storeOf({ from, lengths, beyond }: Chain): Promise<{ store: MemoryStore; logEnd: bigint }> {
  const store = new MemoryStore()
  let end = from
  for (const length of lengths) {
    await store.putIfAbsent(chunkKey('rsvp', 0, end), new Uint8Array(10))
    end += BigInt(length)
  }
  return { store, logEnd: end + BigInt(beyond) }
}

const chains = fc.record({
  from: fc.bigInt(0n, 3_000_000n),
  lengths: fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 40 }),
  beyond: fc.integer({ min: -8_000_000, max: 8_000_000 }),
  bytesMin: fc.integer({ min: 0, max: 500 }),
})

it('the newest chunks are the last ones of the chain, more than was asked for or all of it, wherever the log ends', async () => {
  await fc.assert(
    fc.asyncProperty(chains, async (chain) => {
      const { store, logEnd } = await storeOf(chain)
      const at = { partition: 0, from: chain.from }
      const all = await listChunks(store, 'rsvp', at)
      const newest = await listNewestChunks(store, 'rsvp', { ...at, logEnd, bytesMin: chain.bytesMin })
      expect(newest).toEqual(newest.length === 0 ? [] : all.slice(-newest.length))
      expect(newest.length === all.length || newest.length * 10 > chain.bytesMin).toBe(true)
    }),
  )
})

it('little of a long chain is listed', async () => {
  const chain = { from: 7n, lengths: Array.from({ length: 2000 }, () => 5000), beyond: 200, bytesMin: 0 }
  const { store, logEnd } = await storeOf(chain)
  const newest = await listNewestChunks(store, 'rsvp', { partition: 0, from: chain.from, logEnd, bytesMin: 0 })
  expect(newest.length).toBeLessThanOrEqual(20)
})
