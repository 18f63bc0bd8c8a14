import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hasCode } from '../../schemas/errors.ts'
import { encodeManifest, manifestKey } from '../../schemas/formats/manifest.ts'
import { chunkKey } from '../../schemas/formats/raw-chunk.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { hasReached } from '../../schemas/formats/tidemark.ts'
import { brokenRecord, rsvpRecord, rsvpRecords } from '../support/make-rsvp.ts'
import { bytesOf, manifestKeys, story, tables, tell } from './story.ts'
import { widerRsvp } from '../support/changed-rsvp.ts'
import { Workbench } from '../support/workbench.ts'

describe('a batch run', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  it('creates nothing where there is no raw chunk', async () => {
    expect(await bench.run()).toEqual({ isNew: false, manifest: null })
    expect(bench.store.keys()).toEqual([])
  })

  it('creates nothing where no raw chunk lies beyond the tidemark', async () => {
    await tell(bench, 0)
    const manifest = await bench.generation()
    const before = bench.store.keys()
    expect(await bench.run()).toEqual({ isNew: false, manifest })
    expect(bench.store.keys()).toEqual(before)
  })

  it('makes of the recorded facts a generation that says what it stands on', async () => {
    await tell(bench, 0)
    await tell(bench, 1)
    const manifest = await bench.generation()
    expect(manifest).toMatchObject({
      generation: 1,
      predecessor: 0,
      declaration: rsvp.hash,
      log_identity: 'memory/rsvp/1',
      tidemark: new Map([[0, 5n]]),
      stream_time: 3000,
      is_rebuild: false,
    })
    expect(await bench.rows(manifest, 'rejected')).toHaveLength(2)
  })

  it('keeps a tombstone as a rejected event', async () => {
    // The port of the log does not append tombstones, so one is planted in the chunk.
    await bench.log.append('rsvp', [brokenRecord('to be removed')])
    await bench.archive()
    await bench.rewrite(chunkKey('rsvp', 0, 0n), 'SELECT * REPLACE (NULL::BLOB AS value) FROM $file')
    const [rejected] = await bench.rows(await bench.generation(), 'rejected')
    expect(rejected).toMatchObject({
      log_offset: 0n,
      value: null,
      reason: 'the event: missing, the record has no value',
    })
  })

  it('folds chunks one by one to the rows that a rebuild of all of them has', async () => {
    for (const chapter of story.keys()) {
      await tell(bench, chapter)
      const incremental = await bench.generation({ fileRowsMax: 10 })
      const rebuilt = await bench.generation({ fileRowsMax: 10, isRebuild: true })
      expect(rebuilt).toMatchObject({
        generation: incremental.generation + 1,
        is_rebuild: true,
        stream_time: incremental.stream_time,
      })
      expect(await tables(bench, rebuilt)).toEqual(await tables(bench, incremental))
    }
  })

  it('has the same rows whether chunks are read one at a time or all at once', async () => {
    for (const chapter of story.keys()) await tell(bench, chapter)
    const single = await bench.generation({ groupBytesMax: 1 })
    const whole = await bench.generation({ isRebuild: true })
    expect(await tables(bench, whole)).toEqual(await tables(bench, single))
  })

  it('makes of the same input the same bytes', async () => {
    for (const chapter of story.keys()) await tell(bench, chapter)
    const first = await bench.generation({ fileRowsMax: 10 })
    const second = await bench.generation({ fileRowsMax: 10, isRebuild: true })
    expect(await bytesOf(bench, second)).toEqual(await bytesOf(bench, first))
  })

  it('cuts a table into files of at most so many rows, in the order of time, none twice and none lost', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 95).toReversed())
    await bench.archive()
    const manifest = await bench.generation({ fileRowsMax: 20 })
    const files = manifest.tables['rsvp'] ?? []
    expect(files.map(({ rows }) => rows)).toEqual([20, 20, 20, 20, 15])
    for (const [index, { time_from: timeFrom }] of files.entries())
      expect(timeFrom).toBeGreaterThan(files[index - 1]?.time_to ?? 0)
    expect((await bench.rows(manifest, 'rsvp')).map(({ rsvp_id: id }) => id)).toEqual(
      Array.from({ length: 95 }, (_, i) => BigInt(i + 1)),
    )
  })

  it('cuts rows of one time, too', async () => {
    await bench.log.append(
      'rsvp',
      Array.from({ length: 25 }, (_, i) => rsvpRecord({ id: i + 1, mtime: 1000, topics: ['a', 'b', 'c'] })),
    )
    await bench.archive()
    const manifest = await bench.generation({ fileRowsMax: 10 })
    expect(manifest.tables['rsvp']?.map(({ rows }) => rows)).toEqual([10, 10, 5])
    expect(await bench.rows(manifest, 'rsvp')).toHaveLength(25)
  })

  it('leaves files as they are that the new events do not touch', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 100))
    await bench.archive()
    const before = await bench.generation({ fileRowsMax: 20 })
    await bench.log.append('rsvp', rsvpRecords(101, 5))
    await bench.archive()
    const after = await bench.generation({ fileRowsMax: 20 })
    const kept = after.tables['rsvp']?.filter(({ key }) => before.tables['rsvp']?.some((file) => file.key === key))
    expect(kept).toEqual(before.tables['rsvp'])
    expect(after.tables['rsvp']).toHaveLength(6)
  })

  it('does not pile up files over many small runs, late events included', async () => {
    for (let run = 0; run < 12; run += 1) {
      await bench.log.append('rsvp', [
        ...rsvpRecords(1 + run * 4, 3),
        rsvpRecord({ id: 4 + run * 4, mtime: 1000 - run }),
      ])
      await bench.archive()
      await bench.generation({ fileRowsMax: 10 })
    }
    const { manifest } = await bench.run()
    for (const [name, files] of Object.entries(manifest?.tables ?? {}))
      expect(`${name}: ${files.length <= 14}`).toBe(`${name}: true`)
    expect(manifest?.tables['rsvp']?.reduce((sum, { rows }) => sum + rows, 0)).toBe(48)
  })

  it('rebuilds where the declaration has changed, and only then', async () => {
    await tell(bench, 0)
    await tell(bench, 1)
    const before = await bench.generation()
    const after = await bench.generation({ dataset: widerRsvp })
    expect(after).toMatchObject({
      generation: 2,
      is_rebuild: true,
      declaration: widerRsvp.hash,
      tidemark: before.tidemark,
    })
    expect((await bench.rows(after, 'rsvp')).map(({ member_name: name }) => name)).toEqual(['Member 2', 'Renamed'])
    expect((await bench.run({ dataset: widerRsvp })).isNew).toBe(false)
  })

  it('refuses a broken chain, naming what is missing', async () => {
    for (const chapter of story.keys()) await tell(bench, chapter)
    await bench.store.delete(chunkKey('rsvp', 0, 2n))
    await expect(bench.run()).rejects.toThrow(
      /ends at 2, but the next chunk is raw\/rsvp\/0\/00000000000000000005\.parquet/,
    )
    await expect(bench.run({ groupBytesMax: 1 })).rejects.toSatisfy((error) => hasCode(error, 'CHAIN_BROKEN'))
    expect(manifestKeys(bench)).toEqual([])
  })

  it('refuses a corrupt chunk', async () => {
    await tell(bench, 0)
    const key = chunkKey('rsvp', 0, 0n)
    const body = Buffer.from((await bench.store.read(key)) ?? [])
    bench.store.replace(key, body.subarray(0, body.length - 20))
    await expect(bench.run()).rejects.toSatisfy((error) => hasCode(error, 'CHUNK_CORRUPT'))
    bench.store.replace(key, Buffer.from(body).fill(0x55, 4, 60))
    await expect(bench.run()).rejects.toSatisfy((error) => hasCode(error, 'CHUNK_CORRUPT'))
    expect(manifestKeys(bench)).toEqual([])
  })

  it('refuses a chunk that has fewer records than its footer counts', async () => {
    await tell(bench, 0)
    await bench.rewrite(chunkKey('rsvp', 0, 0n), 'SELECT * FROM $file LIMIT 1')
    await expect(bench.run()).rejects.toSatisfy((error) => hasCode(error, 'CHUNK_CORRUPT'))
  })

  it('refuses a corrupt manifest', async () => {
    await tell(bench, 0)
    await bench.generation()
    bench.store.replace(manifestKey('rsvp', 1), Buffer.from('{"generation": 1'))
    await expect(bench.run()).rejects.toSatisfy((error) => hasCode(error, 'MANIFEST_CORRUPT'))
  })

  it('refuses a store that holds chunks of several logs', async () => {
    await tell(bench, 0)
    const manifest = await bench.generation()
    bench.store.replace(manifestKey('rsvp', 1), encodeManifest({ ...manifest, log_identity: 'another log' }))
    await expect(bench.run()).rejects.toSatisfy((error) => hasCode(error, 'LOG_FOREIGN'))
  })

  it('moves the tidemark over gaps and losses', async () => {
    await tell(bench, 0)
    await bench.generation()
    bench.log.insertGap('rsvp', 0, 3n)
    bench.log.lose('rsvp', 0, 4n)
    await bench.archive()
    const manifest = await bench.generation()
    expect(hasReached(manifest.tidemark, new Map([[0, 5n]]))).toBe(true)
    expect(await bench.rows(manifest, 'rsvp')).toHaveLength(2)
  })

  it('says how far it is, in bytes of raw chunks', async () => {
    for (const chapter of story.keys()) await tell(bench, chapter)
    const progress: number[] = []
    let total = 0
    await bench.run({
      groupBytesMax: 1,
      onProgress: ({ bytes, bytesTotal }) => {
        progress.push(bytes)
        total = bytesTotal
      },
    })
    expect(progress).toHaveLength(4)
    expect(progress.at(-1)).toBe(total)
  })
})
