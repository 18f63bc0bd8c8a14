import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collectGarbage } from '../../../batch/gc.ts'
import { DatasetReplica } from '../../../serving/replica/dataset-replica.ts'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import { loadNewest } from '../../../schemas/formats/generations.ts'
import { manifestKey } from '../../../schemas/formats/manifest.ts'
import type { DataFile, Manifest } from '../../../schemas/formats/manifest.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { openSpeedLayer } from '../../../speed/speed-layer.ts'
import { openDamagedFolder, openDamagedS3 } from '../../fakes/damaged-stores.ts'
import type { DamagedStore } from '../../fakes/damaged-stores.ts'
import { rsvpRecords } from '../../support/make-rsvp.ts'
import { Workbench } from '../../support/workbench.ts'

const chunkCount = 10
const chainStart = 'chains/rsvp/0.json'
/** Bits at these parts of an object: near its head, amid its records, in a footer. */
const parts = [0.02, 0.5, 0.97]

describe.each([
  { what: 'an S3 store', open: openDamagedS3 },
  { what: 'a folder store', open: openDamagedFolder },
])('a flipped bit in a copy from $what', ({ open }) => {
  let bench: Workbench
  let damaged: DamagedStore

  beforeEach(async () => {
    bench = await Workbench.open()
    damaged = await open()
    for (let chunk = 0; chunk < chunkCount; chunk += 1) await archive(chunk)
  })
  afterEach(async () => {
    await damaged.close()
    await bench.close()
  })

  async function archive(chunk: number): Promise<void> {
    await bench.log.append('rsvp', rsvpRecords(1 + chunk * 3, 3))
    await bench.archive({ store: damaged.store })
  }

  const run = () => bench.generation({ store: damaged.store })
  const rebuild = () => bench.generation({ store: damaged.store, isRebuild: true })

  /** Objects with the prefix, each with the number of a bit of it. */
  async function bits(prefix: string, part: number): Promise<readonly (readonly [string, number])[]> {
    const found: [string, number][] = []
    for await (const { key, bytes } of damaged.store.list(prefix)) found.push([key, Math.floor(bytes * part) * 8 + 3])
    return found
  }

  /** What a replica answers that starts now, with a cache of its own. */
  async function answer(): Promise<unknown> {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-replica-'))
    const engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 1, spillFolder: folder })
    const shared = { dataset: rsvp, log: bench.log, store: damaged.store, engine }
    const replica = await DatasetReplica.open({
      ...shared,
      speed: await openSpeedLayer({ ...shared, intervalMs: 0, pendingBytesMax: 1e9 }),
      nativeEngine: engine,
      cacheFolder: folder,
      watchIntervalMs: 1e9,
    })
    try {
      await replica.start()
      const session = await engine.connect()
      const rows = await session.rows('SELECT * FROM rsvp.rsvp ORDER BY rsvp_id')
      session.close()
      return rows
    } finally {
      await replica.close()
      engine.close()
      await rm(folder, { recursive: true })
    }
  }

  it.each(parts)(
    'of each of ten chunks, of their verdicts and of their chain start changes no generation: at %d',
    async (part) => {
      const clean = hashes(await run())
      for (const prefix of ['raw/', 'chains/', 'verdicts/'])
        for (const [key, bit] of await bits(prefix, part)) damaged.flipOnce(key, bit)
      expect(hashes(await rebuild())).toEqual(clean)
      // No cache has kept what was bad.
      expect(hashes(await rebuild())).toEqual(clean)
    },
  )

  it.each(parts)('of a manifest and of the table files it names changes no later generation: at %d', async (part) => {
    await run()
    await archive(chunkCount)
    for (const prefix of ['manifests/', 'rsvp/', 'raw/']) {
      for (const [key, bit] of await bits(prefix, part)) damaged.flipOnce(key, bit)
    }
    const increment = await run()
    expect(increment.tidemark).toEqual(new Map([[0, 33n]]))
    expect(hashes(increment)).toEqual(hashes(await rebuild()))
  })

  it.each(parts)('of anything that a replica reads changes no answer: at %d', async (part) => {
    await run()
    await archive(chunkCount)
    const clean = await answer()
    for (const prefix of ['manifests/', 'chains/', 'rsvp/', 'raw/']) {
      for (const [key, bit] of await bits(prefix, part)) damaged.flipOnce(key, bit)
    }
    expect(await answer()).toEqual(clean)
  })

  it('of a manifest deletes no file that is needed', async () => {
    await run()
    await archive(chunkCount)
    await run()
    for (const [key, bit] of await bits('manifests/', 0.5)) damaged.flipOnce(key, bit)
    const now = Date.now() + 3_600_000
    await collectGarbage({ store: damaged.store, dataset: 'rsvp', keepGenerations: 1, graceMs: 0, now })
    const newest = await loadNewest(damaged.store, 'rsvp')
    const there = (await bits('rsvp/', 0)).map(([file]) => file)
    expect(there).toEqual(expect.arrayContaining(filesOf(newest).map((file) => file.key)))
  })

  it.each([
    { of: 'a chunk', prefix: 'raw/', code: 'CHUNK_CORRUPT' },
    { of: 'a chain start', prefix: chainStart, code: 'CHAIN_BROKEN' },
    { of: 'a manifest', prefix: 'manifests/', code: 'MANIFEST_CORRUPT' },
    { of: 'a table file', prefix: 'rsvp/', code: 'TABLE_CORRUPT' },
  ])('that stays, of $of, is named; nothing is committed or answered until it is mended', async ({ prefix, code }) => {
    await run()
    await archive(chunkCount)
    const found = await bits(prefix, 0.5)
    const [key = '', bit = 0] = found.at(-1) ?? []
    await damaged.flipForGood(key, bit)
    const named = {
      code,
      message: expect.stringMatching(new RegExp(`^${key} is damaged in .*: restore it from a copy`)),
    }
    await expect(run()).rejects.toMatchObject(named)
    await expect(answer()).rejects.toMatchObject(named)
    expect(await damaged.store.read(manifestKey('rsvp', 2))).toBeNull()
    await damaged.flipForGood(key, bit)
    const increment = await run()
    expect(hashes(increment)).toEqual(hashes(await rebuild()))
  })
})

/** Of the tables' files: the same rows are the same bytes. */
function hashes(manifest: Manifest): readonly (string | null)[] {
  return filesOf(manifest).map(({ sha256 }) => sha256)
}

function filesOf(manifest: Manifest | null): readonly DataFile[] {
  return manifest === null ? [] : Object.values(manifest.tables).flat()
}
