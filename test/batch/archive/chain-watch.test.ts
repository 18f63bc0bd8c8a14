import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ChainWatch } from '../../../batch/archive/chain-watch.ts'
import { chunkKey } from '../../../schemas/formats/raw-chunk.ts'
import { rsvpRecords } from '../../support/make-rsvp.ts'
import { Workbench } from '../../support/workbench.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await Workbench.open()
})
afterEach(() => bench.close())

function watchChains(bytesMax = 1_000_000): ChainWatch {
  const { store, session } = bench
  return new ChainWatch({ store, session, topic: 'rsvp', logEnds: async () => new Map([[0, 0n]]), bytesMax })
}

async function archive(firstId: number, count: number): Promise<void> {
  await bench.log.append('rsvp', rsvpRecords(firstId, count))
  await bench.archive()
}

/** Three records that are archived, two that the log deletes before, and one more. */
async function archiveWithLoss(): Promise<void> {
  await archive(1, 3)
  await bench.log.append('rsvp', rsvpRecords(4, 3))
  bench.log.lose('rsvp', 0, 5n)
  await bench.archive()
}

const loss = { firstOffset: 3n, nextOffset: 5n }

describe('watching chains', () => {
  it('finds where a chain ends and what was lost, and nothing where there is no chain yet', async () => {
    const watch = watchChains()
    expect(await watch.look()).toEqual(new Map())
    await archiveWithLoss()
    expect(await watch.look()).toEqual(new Map([[0, { archived: 6n, losses: [loss], lossesFrom: 0n }]]))
  })

  it('looks at what is new alone: what it has seen may be gone', async () => {
    const watch = watchChains()
    await archiveWithLoss()
    await watch.look()
    await archive(7, 1)
    for (const key of bench.store.keys()) if (key !== chunkKey('rsvp', 0, 6n)) await bench.store.delete(key)
    expect(await watch.look()).toEqual(new Map([[0, { archived: 7n, losses: [loss], lossesFrom: 0n }]]))
  })

  it('goes on after a look that failed, and sees what came meanwhile', async () => {
    const watch = watchChains()
    await archive(1, 3)
    await watch.look()
    await bench.log.append('rsvp', rsvpRecords(4, 3))
    bench.log.lose('rsvp', 0, 5n)
    await bench.archive()
    bench.store.setReachable(false)
    await expect(watch.look()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    bench.store.setReachable(true)
    expect(await watch.look()).toEqual(new Map([[0, { archived: 6n, losses: [loss], lossesFrom: 0n }]]))
  })

  it('reads the newest chunks of a long chain, says from where on it knows losses, and keeps those it knew', async () => {
    await archiveWithLoss()
    expect(await watchChains(1).look()).toEqual(new Map([[0, { archived: 6n, losses: [loss], lossesFrom: 3n }]]))
    const watch = watchChains(1)
    await watch.look()
    await archive(7, 1)
    await archive(8, 1)
    expect(await watch.look()).toEqual(new Map([[0, { archived: 8n, losses: [loss], lossesFrom: 7n }]]))
  })

  it('refuses a chain whose next chunk is missing', async () => {
    const watch = watchChains()
    await archive(1, 3)
    await watch.look()
    await archive(4, 1)
    await archive(5, 1)
    await bench.store.delete(chunkKey('rsvp', 0, 3n))
    await expect(watch.look()).rejects.toMatchObject({ code: 'CHAIN_BROKEN' })
  })

  it('finds the chain of a partition that came later', async () => {
    const wide = await Workbench.open({ partitionCount: 2 })
    const { store, session } = wide
    const partitions = [0]
    const watch = new ChainWatch({
      store,
      session,
      topic: 'rsvp',
      logEnds: async () => new Map(partitions.map((partition) => [partition, 0n])),
      bytesMax: 1e6,
    })
    await wide.log.append('rsvp', rsvpRecords(1, 4))
    await wide.archive()
    expect([...(await watch.look()).keys()]).toEqual([0, 1])
    wide.log.addPartition('rsvp')
    await wide.archive()
    expect([...(await watch.look()).keys()]).toEqual([0, 1])
    partitions.push(2)
    expect([...(await watch.look()).keys()]).toEqual([0, 1, 2])
    await wide.close()
  })
})
