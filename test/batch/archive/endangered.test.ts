import { expect, it } from 'vitest'
import { withEndangered } from '../../../batch/archive/endangered.ts'

const chain = (archived: bigint) => ({ archived, losses: [], lossesFrom: 0n })
const held = new Map([
  [0, { firstOffset: 0n, nextOffset: 100n }],
  [1, { firstOffset: 7n, nextOffset: 100n }],
])

it('counts what is not archived of the older half of what the log keeps', () => {
  const found = withEndangered(new Map([[0, chain(30n)]]), { held, aging: new Map([[0, 50n]]) })
  expect(found.get(0)?.endangered).toBe(20n)
})

it('counts nothing where the archive is in the newer half, or the log deletes nothing by itself', () => {
  const chains = new Map([[0, chain(50n)]])
  expect(withEndangered(chains, { held, aging: new Map([[0, 50n]]) }).get(0)?.endangered).toBe(0n)
  expect(withEndangered(chains, { held, aging: new Map() }).get(0)?.endangered).toBe(0n)
})

it('counts all of a partition that nobody archives, from where the log holds it', () => {
  const found = withEndangered(new Map([[0, chain(90n)]]), { held, aging: new Map([[1, 27n]]) })
  expect(found.get(1)).toEqual({ archived: 7n, losses: [], lossesFrom: 7n, endangered: 20n })
})
