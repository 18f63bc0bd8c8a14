import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collectGarbage } from '../../batch/gc.ts'
import type { Garbage } from '../../batch/gc.ts'
import { verifyDataset } from '../../batch/verify/verify.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { encodeManifest, manifestKey } from '../../schemas/formats/manifest.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { tighterRsvp, widerRsvp } from '../support/changed-rsvp.ts'
import { rsvpRecord } from '../support/make-rsvp.ts'
import { story, tables, tell } from './story.ts'
import { Workbench } from '../support/workbench.ts'

describe('several declarations of a dataset on one store', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  async function differences(dataset: DefinedDataset): Promise<readonly unknown[]> {
    const { openEngine, workFolder, segmentBytesMax } = bench.batchOptions()
    const report = await verifyDataset({
      dataset,
      log: bench.log,
      store: bench.store,
      openEngine,
      workFolder,
      segmentBytesMax,
      groupBytesMax: 1_000_000,
      examplesMax: 3,
    })
    return report.differences
  }

  /** Collects what no manifest names any more, long after the grace. */
  async function collect(forgotten?: string): Promise<Garbage> {
    return await collectGarbage({
      store: bench.store,
      dataset: 'rsvp',
      keepGenerations: 1,
      graceMs: 0,
      now: Date.parse('2100-01-01'),
      ...(forgotten === undefined ? {} : { forgotten }),
    })
  }

  function areThere({ tables: files }: Manifest): boolean {
    return Object.values(files)
      .flat()
      .every(({ key }) => bench.store.keys().includes(key))
  }

  it('go on each from its own newest generation, and none rebuilds because another committed', async () => {
    const made: Manifest[] = []
    for (const chapter of story.keys()) {
      await tell(bench, chapter)
      for (const dataset of [rsvp, widerRsvp, tighterRsvp]) made.push(await bench.generation({ dataset }))
    }
    expect(made.map(({ generation }) => generation)).toEqual(made.map((_, index) => index + 1))
    expect(made.map(({ is_rebuild }) => is_rebuild)).toEqual([false, true, true, ...made.slice(3).map(() => false)])
    for (const dataset of [rsvp, widerRsvp, tighterRsvp]) {
      expect(await bench.run({ dataset })).toMatchObject({ isNew: false, manifest: { declaration: dataset.hash } })
      expect(await differences(dataset)).toEqual([])
    }
    const alone = await Workbench.open()
    try {
      for (const chapter of story.keys()) await tell(alone, chapter)
      expect(await tables(bench, required(made[9]))).toEqual(await tables(alone, await alone.generation()))
    } finally {
      await alone.close()
    }
  })

  it('go on from their own where one of them has come back after another took its place', async () => {
    await tell(bench, 0)
    await bench.generation()
    const other = await bench.generation({ dataset: widerRsvp })
    await tell(bench, 1)
    expect(await bench.generation()).toMatchObject({
      generation: 3,
      predecessor: 2,
      is_rebuild: false,
      declaration: rsvp.hash,
      predecessors: { [rsvp.hash]: 1, [widerRsvp.hash]: other.generation },
    })
  })

  it('commit a rebuild under the first number that is free, however many another takes while it writes', async () => {
    await tell(bench, 0)
    await bench.generation()
    bench.store.beforeNextPut(async () => {
      for (const chapter of [1, 2]) {
        await tell(bench, chapter)
        await bench.generation()
      }
    })
    const rebuilt = await bench.generation({ dataset: widerRsvp })
    expect(rebuilt).toMatchObject({ generation: 4, predecessors: { [rsvp.hash]: 3 }, tidemark: new Map([[0, 2n]]) })
    await collect()
    expect(areThere(rebuilt)).toBe(true)
    expect(await differences(widerRsvp)).toEqual([])
    expect(await bench.generation({ dataset: widerRsvp })).toMatchObject({ generation: 5, is_rebuild: false })
  })

  it('let one win where two rebuilds of the same declaration race, though another commits between them', async () => {
    await tell(bench, 0)
    await bench.generation()
    bench.store.beforeNextPut(async () => {
      await tell(bench, 1)
      await bench.generation()
      await bench.generation({ dataset: widerRsvp })
    })
    expect(await bench.run({ dataset: widerRsvp })).toMatchObject({ isNew: false, manifest: { generation: 3 } })
    expect(await differences(widerRsvp)).toEqual([])
  })

  it('keep the files that their own replicas need, until they are forgotten', async () => {
    await tell(bench, 0)
    const old = await bench.generation()
    await bench.generation({ dataset: widerRsvp })
    for (const chapter of [1, 2, 3]) {
      await tell(bench, chapter)
      await bench.generation({ dataset: widerRsvp })
    }
    await collect()
    expect(areThere(old)).toBe(true)
    await collect(rsvp.hash)
    expect(areThere(old)).toBe(false)
    expect(await differences(widerRsvp)).toEqual([])
  })

  it.each([
    ['an older one', rsvp, widerRsvp],
    ['the newest one', widerRsvp, rsvp],
  ])('rebuild one that comes back after it was forgotten, %s', async (_which, forgotten, kept) => {
    await tell(bench, 0)
    await bench.generation()
    await bench.generation({ dataset: widerRsvp })
    await collect(forgotten.hash)
    expect(await differences(forgotten)).toEqual([])
    expect(await bench.generation({ dataset: forgotten })).toMatchObject({ generation: 3, is_rebuild: true })
    await tell(bench, 1)
    expect(await bench.generation({ dataset: forgotten })).toMatchObject({ generation: 4, is_rebuild: false })
    for (const dataset of [forgotten, kept]) expect(await differences(dataset)).toEqual([])
  })

  it('keep what a run writes while it can still be committed, whatever others commit', async () => {
    await tell(bench, 0)
    await bench.generation()
    const running = `rsvp/0000000002/${widerRsvp.hash}-${'0'.repeat(36)}/rsvp-0001.parquet`
    await bench.store.putIfAbsent(running, Buffer.from('PAR1'))
    for (const chapter of [1, 2]) {
      await tell(bench, chapter)
      await bench.generation()
    }
    await collect()
    expect(bench.store.keys()).toContain(running)
    await bench.generation({ dataset: widerRsvp })
    await collect()
    expect(bench.store.keys()).not.toContain(running)
  })

  it('are named where a build was ended before it was done, whose files can then be forgotten', async () => {
    await tell(bench, 0)
    await bench.generation()
    const left = `rsvp/0000000002/${widerRsvp.hash}-${'0'.repeat(36)}/rsvp-0001.parquet`
    await bench.store.putIfAbsent(left, Buffer.from('PAR1'))
    expect((await collect()).kept).toMatchObject([
      { declaration: rsvp.hash, newest: { generation: 1 } },
      { declaration: widerRsvp.hash, newest: null, files: 1, bytes: 4 },
    ])
    expect(await collect(widerRsvp.hash)).toMatchObject({ deleted: [{ key: left }], ofForgotten: 1 })
    expect(await collect(widerRsvp.hash)).toMatchObject({ deleted: [], ofForgotten: 0 })
  })

  it('judge again what they rejected, so that a loosened rule brings events back', async () => {
    await bench.log.append('rsvp', [rsvpRecord({ id: 1, guests: 2 }), rsvpRecord({ id: 2, guests: 4 })])
    await bench.archive()
    const tight = await bench.generation({ dataset: tighterRsvp })
    expect([await bench.rows(tight, 'rsvp'), await bench.rows(tight, 'rejected')]).toMatchObject([
      [{ guests: 2n }],
      [{ log_offset: 1n, reason: expect.stringContaining('guests') }],
    ])
    const loose = await bench.generation()
    expect([await bench.rows(loose, 'rsvp'), await bench.rows(loose, 'rejected')]).toMatchObject([
      [{ guests: 2n }, { guests: 4n }],
      [],
    ])
  })

  it('are found through manifests that do not name their predecessors yet', async () => {
    await tell(bench, 0)
    const first = await bench.generation()
    const { predecessors: _, ...earlier } = first
    bench.store.replace(manifestKey('rsvp', 1), encodeManifest(earlier))
    const other = { ...earlier, generation: 2, predecessor: 1, declaration: 'another' }
    await bench.store.putIfAbsent(manifestKey('rsvp', 2), encodeManifest(other))
    await tell(bench, 1)
    expect(await bench.generation()).toMatchObject({
      generation: 3,
      is_rebuild: false,
      predecessors: { [rsvp.hash]: 1, another: 2 },
    })
  })
})

function required(manifest: Manifest | undefined): Manifest {
  if (manifest === undefined) throw new Error('there is no such generation')
  return manifest
}
