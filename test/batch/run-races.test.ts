import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hasCode } from '../../schemas/errors.ts'
import { manifestKey } from '../../schemas/formats/manifest.ts'
import { chunkKey } from '../../schemas/formats/raw-chunk.ts'
import { rsvpRecords } from '../support/make-rsvp.ts'
import { manifestKeys, story, tables, tell } from './story.ts'
import { Workbench } from '../support/workbench.ts'

describe('batch runs that race or die', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  it('commits once when two runs race, and the loser finds nothing left to do', async () => {
    await tell(bench, 0)
    bench.store.beforeNextPut(async () => void (await bench.generation()))
    expect(await bench.run()).toMatchObject({ isNew: false, manifest: { generation: 1 } })
    expect(manifestKeys(bench)).toHaveLength(1)
  })

  it('folds what the winner of a race did not have, and never goes back', async () => {
    await tell(bench, 0)
    await bench.generation()
    await tell(bench, 1)
    bench.store.beforeNextPut(async () => {
      await bench.generation()
      await tell(bench, 2)
    })
    const manifest = await bench.generation()
    expect(manifest).toMatchObject({ generation: 3, tidemark: new Map([[0, 7n]]) })
    expect(await tables(bench, await bench.generation({ isRebuild: true }))).toEqual(await tables(bench, manifest))
  })

  it('lets five runs race to one consistent generation', async () => {
    for (const chapter of story.keys()) await tell(bench, chapter)
    const results = await Promise.all(Array.from({ length: 5 }, () => bench.run()))
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(new Set(results.map(({ manifest }) => manifest?.generation))).toEqual(new Set([1]))
  })

  it('catches up when a rebuild loses its number, so that no generation goes back', async () => {
    await tell(bench, 0)
    await bench.generation()
    bench.store.beforeNextPut(async () => {
      await tell(bench, 1)
      await bench.generation()
      await tell(bench, 2)
      await bench.generation()
    })
    const rebuilt = await bench.generation({ isRebuild: true })
    expect(rebuilt).toMatchObject({ generation: 4, predecessor: 3, tidemark: new Map([[0, 7n]]), is_rebuild: true })
    expect(await tables(bench, await bench.generation({ isRebuild: true }))).toEqual(await tables(bench, rebuilt))
  })

  it('catches up with a partition that appeared while it rebuilt', async () => {
    await tell(bench, 0)
    await bench.generation()
    bench.store.beforeNextPut(async () => {
      bench.log.addPartition('rsvp')
      await bench.log.append('rsvp', rsvpRecords(20, 4))
      await bench.log.append('rsvp', rsvpRecords(24, 4))
      await bench.archive()
      await bench.generation()
    })
    const rebuilt = await bench.generation({ isRebuild: true })
    expect(rebuilt.generation).toBe(3)
    expect(await bench.rows(rebuilt, 'rsvp')).toHaveLength(10)
  })

  it('refuses to commit a generation whose tidemark goes back', async () => {
    await tell(bench, 0)
    await tell(bench, 1)
    const manifest = await bench.generation()
    await bench.store.delete(chunkKey('rsvp', 0, 2n))
    await expect(bench.run({ isRebuild: true })).rejects.toSatisfy((error) => hasCode(error, 'CHAIN_BROKEN'))
    expect(manifestKeys(bench)).toEqual([manifestKey('rsvp', manifest.generation)])
  })

  it('is invisible when it dies before its commit', async () => {
    await tell(bench, 0)
    const first = await bench.generation()
    await tell(bench, 1)
    for (let puts = 0; puts < 3; puts += 1) {
      bench.store.failNextPut('error-before')
      await expect(bench.run()).rejects.toSatisfy((error) => hasCode(error, 'STORE_UNREACHABLE'))
    }
    expect(await bench.store.read(manifestKey('rsvp', 2))).toBeNull()
    const second = await bench.generation()
    expect(second).toMatchObject({ generation: 2, predecessor: first.generation })
  })
})
