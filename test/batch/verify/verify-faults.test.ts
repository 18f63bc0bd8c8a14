import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadManifest, manifestKey } from '../../../schemas/formats/manifest.ts'
import type { Manifest } from '../../../schemas/formats/manifest.ts'
import { sha256Of } from '../../../schemas/formats/own-digest.ts'
import { chunkKey } from '../../../schemas/formats/raw-chunk.ts'
import { MemoryLog } from '../../fakes/memory-log.ts'
import { rsvpRecords } from '../../support/make-rsvp.ts'
import { retell, said, twoGenerations, undigested, verify } from './two-generations.ts'
import { Workbench } from '../../support/workbench.ts'

describe('verify names a planted fault', () => {
  let bench: Workbench

  beforeEach(async () => {
    bench = await Workbench.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  it('of one value in a Parquet file', async () => {
    const manifest = await twoGenerations(bench)
    await bench.rewrite(
      fileOf(manifest, 'rsvp'),
      'SELECT * REPLACE (CASE WHEN rsvp_id = 2 THEN 9 ELSE guests END AS guests) FROM $file',
    )
    await resize(manifest, 'rsvp')
    expect(said(await verify(bench))).toEqual([
      'tables: rsvp has rows with other values than the raw chunks make [rsvp_id=2 (rsvp/0@1): guests]',
    ])
  })

  it('of a version that nobody sees', async () => {
    const manifest = await twoGenerations(bench)
    await bench.rewrite(
      fileOf(manifest, 'member'),
      'SELECT * REPLACE (_offset + CASE WHEN member_id = 2 THEN 100 ELSE 0 END AS _offset) FROM $file',
    )
    await resize(manifest, 'member')
    expect(said(await verify(bench))).toEqual([
      'tables: member has rows with other values than the raw chunks make [member_id=2 (rsvp/0@1): _offset]',
    ])
  })

  it('of a row too many, also where it is the same row twice', async () => {
    const manifest = await twoGenerations(bench)
    await bench.rewrite(fileOf(manifest, 'topic'), 'FROM $file UNION ALL FROM $file')
    await resize(manifest, 'topic', 2)
    expect(said(await verify(bench))).toEqual([
      `tables: topic has rows that the raw chunks do not make [urlkey=hiking (rsvp/0@3)]`,
    ])
  })

  it('of rows that are missing, with so many examples and no more', async () => {
    const manifest = await twoGenerations(bench)
    await bench.rewrite(fileOf(manifest, 'arrival'), 'FROM $file WHERE log_offset > 4')
    await resize(manifest, 'arrival', 3)
    const report = await verify(bench)
    expect(said(report)).toEqual([
      'tables: arrival lacks rows that the raw chunks make [log_partition=0, log_offset=0 (rsvp/0@0); log_partition=0, log_offset=1 (rsvp/0@1); log_partition=0, log_offset=2 (rsvp/0@2)]',
    ])
    expect(report.differences[0]?.count).toBe(4)
  })

  it('of a table file that cannot be read', async () => {
    const manifest = await twoGenerations(bench)
    const key = fileOf(manifest, 'groups')
    const body = Buffer.from((await bench.store.read(key)) ?? [])
    bench.store.replace(key, body.fill(0xee, 4, body.length - 4))
    expect(said(await verify(bench))).toEqual([
      `tables: groups cannot be compared: ${key} is damaged in memory store, as two reads of it found: restore it from a copy of the store, or make the tables anew with \`tidemark batch run --rebuild\``,
    ])
  })

  it('of a table file of an old generation that cannot be read', async () => {
    const manifest = await twoGenerations(bench)
    const key = fileOf(manifest, 'groups')
    for (const generation of [1, 2]) {
      const { tables } = await loadManifest(bench.store, manifestKey('rsvp', generation))
      await retell(bench, generation, { tables: { ...tables, groups: (tables['groups'] ?? []).map(undigested) } })
    }
    const body = Buffer.from((await bench.store.read(key)) ?? [])
    bench.store.replace(key, body.fill(0xee, 4, body.length - 4))
    expect(said(await verify(bench))).toEqual([
      `tables: groups cannot be compared: ${key} cannot be read to its end: restore it from a copy of the store, or make the tables anew with \`tidemark batch run --rebuild\``,
    ])
    await bench.log.append('rsvp', rsvpRecords(9, 1))
    await bench.archive()
    await expect(bench.run()).rejects.toMatchObject({ code: 'TABLE_CORRUPT', message: expect.stringContaining(key) })
  })

  it('of a file whose size is not what its generation says', async () => {
    const manifest = await twoGenerations(bench)
    const key = fileOf(manifest, 'rsvp')
    bench.store.replace(key, Buffer.concat([(await bench.store.read(key)) ?? Buffer.alloc(0), Buffer.from('x')]))
    expect(said(await verify(bench))).toContainEqual(
      expect.stringMatching(new RegExp(`^manifests: ${key} has \\d+ bytes, its generation says \\d+$`)),
    )
  })

  it('of a file that is gone', async () => {
    const manifest = await twoGenerations(bench)
    await bench.store.delete(fileOf(manifest, 'event'))
    expect(said(await verify(bench))).toEqual([
      `manifests: ${fileOf(manifest, 'event')} is gone, generation 2 names it`,
      expect.stringMatching(/^tables: event cannot be compared: .*has no object/),
    ])
  })

  it('of a chunk that is gone', async () => {
    await twoGenerations(bench)
    await bench.store.delete(chunkKey('rsvp', 0, 3n))
    expect(said(await verify(bench))).toEqual([
      'chains: rsvp/0 no chunk holds the offsets from 3 to 6',
      expect.stringMatching(
        /^tables: generation 2 cannot be compared with its raw chunks: .*ends at 3, but the next chunk is/,
      ),
    ])
  })

  it('of the last chunk gone, which a generation has covered', async () => {
    await twoGenerations(bench)
    await bench.store.delete(chunkKey('rsvp', 0, 6n))
    expect(said(await verify(bench))).toContain('chains: rsvp/0 ends at 6, below the tidemark 8 of generation 2')
  })

  it('of a chunk that is cut off', async () => {
    await twoGenerations(bench)
    const key = chunkKey('rsvp', 0, 3n)
    const body = Buffer.from((await bench.store.read(key)) ?? [])
    bench.store.replace(key, body.subarray(0, body.length - 100))
    expect(said(await verify(bench))).toEqual([
      `chains: ${key} is damaged in memory store, as two reads of it found: restore it from a copy of the store`,
      expect.stringMatching(/^tables: generation 2 cannot be compared with its raw chunks/),
    ])
  })

  it('of a chunk with fewer records than it says', async () => {
    await twoGenerations(bench)
    const key = chunkKey('rsvp', 0, 3n)
    await bench.rewrite(key, 'FROM $file WHERE "offset" <> 4')
    expect(said(await verify(bench))).toEqual([
      `chains: ${key} holds 2 records, its footer counts 3`,
      `log: ${key} lacks records that the log holds [rsvp/0@4]`,
      expect.stringMatching(/^verdicts: .* says chunk-digest [0-9a-f]{64}, not [0-9a-f]{64}: delete it/),
      expect.stringMatching(/^tables: generation 2 cannot be compared with its raw chunks/),
    ])
  })

  it('of a chunk with a record twice in place of another', async () => {
    await twoGenerations(bench)
    const key = chunkKey('rsvp', 0, 3n)
    await bench.rewrite(
      key,
      'SELECT * REPLACE (CASE WHEN "offset" = 4 THEN 5 ELSE "offset" END AS "offset") FROM $file',
    )
    expect(said(await verify(bench))).toContain(`chains: ${key} holds an offset twice`)
  })

  it('of a chunk with a record beyond its end', async () => {
    await twoGenerations(bench)
    const key = chunkKey('rsvp', 0, 3n)
    await bench.rewrite(
      key,
      'SELECT * REPLACE (CASE WHEN "offset" = 5 THEN 9 ELSE "offset" END AS "offset") FROM $file',
    )
    expect(said(await verify(bench))).toContain(`chains: ${key} holds 1 records of other offsets or partitions`)
  })

  it('of an object that is no chunk', async () => {
    await twoGenerations(bench)
    await bench.store.putIfAbsent('raw/rsvp/0/notes.txt', Buffer.from('?'))
    expect(said(await verify(bench))).toContain(
      'chains: raw/rsvp/0/notes.txt does not belong among raw chunks: move it away',
    )
  })

  for (const [what, change, message] of [
    ['value', `CASE WHEN "offset" = 4 THEN 'changed'::BLOB ELSE value END AS value`, 'value differ from the log'],
    ['key', `CASE WHEN "offset" = 4 THEN 'key'::BLOB ELSE "key" END AS "key"`, 'key differ from the log'],
    ['time', `"timestamp" + CASE WHEN "offset" = 4 THEN 1 ELSE 0 END AS "timestamp"`, 'timestamp differ from the log'],
    [
      'header',
      `CASE WHEN "offset" = 4 THEN [{'key': 'a', 'value': 'b'::BLOB}] ELSE headers END AS headers`,
      'headers differ from the log',
    ],
  ] as const) {
    it(`of a ${what} in a raw chunk that is not what the log holds`, async () => {
      await twoGenerations(bench)
      const key = chunkKey('rsvp', 0, 3n)
      await bench.rewrite(key, `SELECT * REPLACE (${change}) FROM $file`)
      expect(said(await verify(bench))).toContain(`log: ${key} ${message} [rsvp/0@4]`)
    })
  }

  it('of a log that belongs to other chains', async () => {
    await twoGenerations(bench)
    bench.log.recreate('rsvp')
    await bench.log.append('rsvp', rsvpRecords(1, 20))
    expect(said(await verify(bench))).toEqual([
      'log: rsvp/0 in memory store is of another log (memory/rsvp/1); log in memory is memory/rsvp/2: use the store that belongs to this log, or an empty one',
    ])
  })

  it('of a log that ends below what was archived', async () => {
    await twoGenerations(bench)
    const log = new MemoryLog()
    await log.ensureTopic('rsvp')
    expect(said(await verify(bench, { log }))).toEqual([
      'log: rsvp/0 is archived up to 8 in memory store, but log in memory ends at 0: the log was deleted or made again. Use an empty store for the new log, or restore the old log',
    ])
    await log.close()
  })

  it('of a manifest that is gone', async () => {
    await twoGenerations(bench)
    await bench.store.delete(manifestKey('rsvp', 1))
    expect(said(await verify(bench))).toEqual([
      `manifests: ${manifestKey('rsvp', 1)} is gone, a manifest is never deleted: restore it from a copy of the store`,
    ])
  })

  it('of a manifest that is not one', async () => {
    await twoGenerations(bench)
    bench.store.replace(manifestKey('rsvp', 1), Buffer.from('{'))
    expect(said(await verify(bench))).toEqual([
      `manifests: ${manifestKey('rsvp', 1)} is damaged in memory store, as two reads of it found: restore it from a copy of the store`,
    ])
  })

  it('of a generation that goes back', async () => {
    await twoGenerations(bench)
    await retell(bench, 1, { tidemark: new Map([[0, 100n]]) })
    expect(said(await verify(bench))).toEqual([
      `manifests: ${manifestKey('rsvp', 2)} goes back behind the tidemark of generation 1`,
    ])
  })

  it('of a generation that skips its predecessor', async () => {
    await twoGenerations(bench)
    await retell(bench, 2, { predecessor: 0 })
    expect(said(await verify(bench))).toEqual([
      `manifests: ${manifestKey('rsvp', 2)} names generation 0 as its predecessor`,
    ])
  })

  it('of losses that the chunks do not record', async () => {
    await twoGenerations(bench)
    await retell(bench, 2, { lost: new Map([[0, [{ firstOffset: 1n, nextOffset: 2n }]]]) })
    expect(said(await verify(bench))).toEqual([
      'tables: generation 2 says that {"rsvp/0":[["1","2"]]} is lost, its raw chunks say {}',
    ])
  })

  it('of a stream time that the events do not make', async () => {
    await twoGenerations(bench)
    await retell(bench, 2, { stream_time: 1 })
    expect(said(await verify(bench))).toEqual([
      expect.stringMatching(/^tables: generation 2 says its stream time is 1, its raw chunks say \d+$/),
    ])
  })

  /** Makes a manifest tell the size of a file that was tampered with, so that only its content can give it away. */
  async function resize(manifest: Manifest, table: string, rows?: number): Promise<void> {
    const [file] = manifest.tables[table] ?? []
    if (file === undefined) throw new Error(`${table} has no file`)
    const body = (await bench.store.read(file.key)) ?? new Uint8Array()
    const [times] = await bench.read([file.key], 'SELECT min(_time) AS first, max(_time) AS last FROM $files')
    const retold = {
      ...file,
      bytes: body.length,
      sha256: await sha256Of(body),
      rows: rows ?? file.rows,
      time_from: Number(times?.['first']),
      time_to: Number(times?.['last']),
    }
    // Generation 1 names the file, too, where the second run had no reason to write it again.
    for (const generation of [1, manifest.generation]) {
      const { tables } = await loadManifest(bench.store, manifestKey('rsvp', generation))
      if (tables[table]?.[0]?.key === file.key)
        await retell(bench, generation, { tables: { ...tables, [table]: [retold] } })
    }
  }
})

function fileOf(manifest: Manifest, table: string): string {
  return manifest.tables[table]?.[0]?.key ?? ''
}
