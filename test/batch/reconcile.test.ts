import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { reconcile } from '../../batch/reconcile.ts'
import type { ReconcileOptions } from '../../batch/reconcile.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { rsvpRecords } from '../support/make-rsvp.ts'
import { Workbench } from '../support/workbench.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await Workbench.open()
})
afterEach(() => bench.close())

function options(changes: Partial<ReconcileOptions> = {}): ReconcileOptions {
  return {
    ...bench.batchOptions(),
    log: bench.log,
    trimAgeMs: 0,
    keepGenerations: 1,
    graceMs: 0,
    now: () => Date.parse('2100-01-01'),
    ...changes,
  }
}

async function tell(firstId: number): Promise<void> {
  await bench.log.append('rsvp', rsvpRecords(firstId, 3))
  await bench.archive()
}

describe('reconciling', () => {
  it('makes a generation of what is beyond the tidemark, and none where nothing is', async () => {
    const generations: number[] = []
    const onGeneration = ({ generation }: Manifest): void => void generations.push(generation)
    expect(await reconcile(options({ onGeneration }))).toEqual({ isNew: false, manifest: null })
    await tell(1)
    expect(await reconcile(options({ onGeneration }))).toMatchObject({ isNew: true, manifest: { generation: 1 } })
    expect(await reconcile(options({ onGeneration }))).toMatchObject({ isNew: false, manifest: { generation: 1 } })
    expect(generations).toEqual([1])
  })

  it('deletes from the log what the generation covers, and from the store the files that it replaces', async () => {
    await tell(1)
    const { manifest } = await reconcile(options())
    const old = Object.values(manifest?.tables ?? {}).flatMap((files) => files.map(({ key }) => key))
    await tell(1)
    await bench.log.append('rsvp', rsvpRecords(9, 1))
    await reconcile(options())
    expect(await bench.log.bounds('rsvp')).toEqual(new Map([[0, { firstOffset: 6n, nextOffset: 7n }]]))
    expect(bench.store.keys().filter((key) => old.includes(key)).length).toBeLessThan(old.length)
  })

  it('deletes next time what it could not delete, though there is nothing new', async () => {
    await tell(1)
    const log = { trim: () => Promise.reject(new Error('away')) }
    await expect(reconcile(options({ log }))).rejects.toThrow('away')
    await reconcile(options())
    expect((await bench.log.bounds('rsvp')).get(0)?.firstOffset).toBe(3n)
  })
})
