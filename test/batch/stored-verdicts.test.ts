import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decompress } from 'fzstd'
import { parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DataFile, Manifest } from '../../schemas/formats/manifest.ts'
import { digestName } from '../../schemas/formats/own-digest.ts'
import { readPairs } from '../../schemas/formats/raw-chain.ts'
import { chunkKey } from '../../schemas/formats/raw-chunk.ts'
import { verdictKey } from '../../schemas/formats/verdict.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { list, literal } from '../../schemas/sql/sql-text.ts'
import { unchecked } from '../fakes/unchecked.ts'
import { malformedLines } from '../oracle/arbitrary/malformed.ts'
import { brokenRecord, rsvpRecord } from '../support/make-rsvp.ts'
import { Workbench } from '../support/workbench.ts'
import { manifestKeys, story, tables, tell } from './story.ts'

const chunkOf = (firstOffset: bigint) => ({ topic: 'rsvp', partition: 0, firstOffset, digest: null })
const keyOf = (firstOffset: bigint) => verdictKey(rsvp, chunkOf(firstOffset))

describe('the verdict on a chunk', () => {
  let bench: Workbench
  let named: string[]

  beforeEach(async () => {
    bench = await Workbench.open()
    named = []
  })

  afterEach(async () => {
    await bench.close()
  })

  const onUnusable = (message: string) => void named.push(message)
  const generation = () => bench.generation({ onUnusable })
  const rebuild = () => bench.generation({ isRebuild: true, onUnusable })
  const verdictKeys = () => bench.store.keys().filter((key) => key.startsWith('verdicts/'))

  async function tellAll(): Promise<void> {
    for (const chapter of story.keys()) await tell(bench, chapter)
  }

  async function bodyOf(key: string): Promise<Buffer> {
    return Buffer.from((await bench.store.read(key)) ?? [])
  }

  async function deleteVerdicts(): Promise<void> {
    for (const key of verdictKeys()) await bench.store.delete(key)
  }

  it('is written once, beside the chunk, by the run that judges it first', async () => {
    await tell(bench, 0)
    await generation()
    const first = await bodyOf(keyOf(0n))
    await tell(bench, 1)
    await generation()
    expect(verdictKeys()).toEqual([keyOf(0n), keyOf(2n)])
    await rebuild()
    expect(await bodyOf(keyOf(0n))).toEqual(first)
  })

  it('gives the same tables, to the byte, as judging again', async () => {
    await tellAll()
    const malformed = malformedLines.map(({ value }) => ({ key: null, value }))
    await bench.log.append('rsvp', malformed)
    await bench.archive()
    const judged = await generation()
    const known = await rebuild()
    await deleteVerdicts()
    expect(hashes(known)).toEqual(hashes(judged))
    expect(hashes(await rebuild())).toEqual(hashes(judged))
    expect((await bench.rows(judged, 'rejected')).length).toBeGreaterThan(10)
    expect(named).toEqual([])
  })

  it('is believed: a rebuild does not judge again', async () => {
    await tellAll()
    await generation()
    await bench.rewrite(keyOf(2n), `SELECT * REPLACE ('planted' AS reason) FROM $file ORDER BY _offset`)
    const rejected = await bench.rows(await rebuild(), 'rejected')
    expect(rejected.map(({ reason }) => reason)).toEqual(['planted', 'planted', 'planted'])
  })

  it('is used where there is one: a rebuild judges the other chunks and writes what was missing', async () => {
    await tellAll()
    const judged = hashes(await generation())
    const written = await bodyOf(keyOf(5n))
    await bench.store.delete(keyOf(5n))
    expect(hashes(await rebuild())).toEqual(judged)
    expect(await bodyOf(keyOf(5n))).toEqual(written)
  })

  it('has the same bytes whoever judges, with whatever group of chunks', async () => {
    await tellAll()
    await generation()
    const bodies = await Promise.all(verdictKeys().map(bodyOf))
    await deleteVerdicts()
    await bench.generation({ isRebuild: true, groupBytesMax: 1 })
    expect(await Promise.all(verdictKeys().map(bodyOf))).toEqual(bodies)
  })

  it('is written by several runs at once, and it does not matter who is first', async () => {
    await tellAll()
    bench.store.beforeNextPut(async () => void (await bench.run({ onUnusable })))
    await Promise.all([bench.run({ onUnusable }), bench.run({ onUnusable })])
    const judged = hashes(await rebuild())
    await deleteVerdicts()
    expect(hashes(await rebuild())).toEqual(judged)
    expect(named).toEqual([])
  })

  it('stands alone: a run that dies after it, before its generation, changes nothing', async () => {
    await tell(bench, 0)
    bench.store.beforeNextPut(async () => bench.store.failNextPut('error-before'))
    await expect(generation()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    bench.store.beforeNextPut(async () =>
      bench.store.beforeNextPut(async () => bench.store.failNextPut('error-before')),
    )
    await expect(generation()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    expect(verdictKeys()).toEqual([keyOf(0n)])
    expect(manifestKeys(bench)).toEqual([])
    const judged = await generation()
    await deleteVerdicts()
    expect(await tables(bench, await rebuild())).toEqual(await tables(bench, judged))
  })

  describe('is named and judged again, never believed', () => {
    let judged: readonly (string | null)[]

    beforeEach(async () => {
      await tellAll()
      judged = hashes(await generation())
    })

    it.each([
      { fault: 'a flipped bit', of: 0.5 },
      { fault: 'a flipped bit near its head', of: 0.01 },
      { fault: 'a flipped bit in its footer', of: 0.97 },
    ])('with $fault', async ({ of }) => {
      const body = await bodyOf(keyOf(2n))
      const at = Math.floor(body.length * of)
      body[at] = (body[at] ?? 0) ^ 8
      bench.store.replace(keyOf(2n), body)
      expect(hashes(await rebuild())).toEqual(judged)
      expect(named).toEqual([expect.stringMatching(`^${keyOf(2n)} is damaged .*: delete it, the next rebuild judges`)])
    })

    it('of another chunk', async () => {
      bench.store.replace(keyOf(2n), await bodyOf(keyOf(5n)))
      expect(hashes(await rebuild())).toEqual(judged)
      expect(named).toEqual([
        `${keyOf(2n)} says chunk ${chunkKey('rsvp', 0, 5n)}, not ${chunkKey('rsvp', 0, 2n)}: delete it, the next rebuild judges its chunk again`,
      ])
    })

    it('of a chunk with the same offsets in another store', async () => {
      await bench.rewrite(
        chunkKey('rsvp', 0, 2n),
        `SELECT * REPLACE (value || ' '::BLOB AS value) FROM $file ORDER BY "offset"`,
      )
      await rebuild()
      expect(named).toEqual([expect.stringMatching(`^${keyOf(2n)} says chunk-digest `)])
    })

    it('by other rules', async () => {
      const other = { ...rsvp, contractHash: '0123456789abcdef' }
      bench.store.replace(verdictKey(other, chunkOf(2n)), await bodyOf(keyOf(2n)))
      await bench.generation({ isRebuild: true, dataset: other, onUnusable })
      expect(named).toEqual([
        `${verdictKey(other, chunkOf(2n))} says contract ${rsvp.contractHash}, not 0123456789abcdef: delete it, the next rebuild judges its chunk again`,
      ])
    })

    it.each([
      ['fewer records', 'FROM $file WHERE _offset <> 3 ORDER BY _offset'],
      ['an offset twice', 'SELECT * REPLACE (CASE WHEN _offset = 3 THEN 2 ELSE _offset END AS _offset) FROM $file'],
      ['offsets of another chunk', 'SELECT * REPLACE (_offset + 1 AS _offset) FROM $file'],
    ])('with %s', async (_, rows) => {
      await bench.rewrite(keyOf(2n), rows)
      expect(hashes(await rebuild())).toEqual(judged)
      expect(named).toEqual([
        `${keyOf(2n)} does not have one row for each of the 3 records of its chunk: delete it, the next rebuild judges its chunk again`,
      ])
    })
  })

  it('is not written for a chunk of the old format, whose times of reading nobody knows', async () => {
    await tell(bench, 0)
    await asOldFormat(bench, chunkKey('rsvp', 0, 0n))
    await generation()
    expect(verdictKeys()).toEqual([])
  })

  it('can be read by another reader of Parquet, and tells what we take of texts that readers take differently', async () => {
    const plain = rsvpRecord({ id: 7, mtime: 1000, guests: 2 }).value?.toString() ?? ''
    const texts = [
      plain,
      plain.replace('"guests":2', '"guests":2,"guests":3,"g\\u0075ests":4'),
      ` \n${plain.slice(0, -1)},}`,
      plain.replace('{', '{"unread":[NaN,-Infinity],'),
      plain.replace('{', String.raw`{"unread":"\ud800",`),
      plain.replace('{', `{"unread":9007199254740993,`),
      plain.replace('"guests":2', '"guests":2.5'),
    ]
    await bench.log.append('rsvp', texts.map(brokenRecord))
    await bench.archive()
    await generation()
    const rows = await parquetReadObjects({
      file: Uint8Array.from(await bodyOf(keyOf(0n))).buffer,
      compressors: { ZSTD: (input) => decompress(input) },
      // The bytes of a BLOB would be read as text.
      utf8: false,
    })
    const { _received, _timestamp, ...first } = rows[0] ?? {}
    expect(first).toMatchObject({
      _partition: 0,
      _offset: 0n,
      reason: null,
      _time: 1000n,
      value: null,
      event: { rsvp_id: 7n, guests: 2n },
    })
    for (const { event } of rows.slice(1, -1)) expect(event).toEqual(first['event'])
    const { _offset, reason, event = null, value } = rows.at(-1) ?? {}
    expect([_offset, reason, event]).toEqual([6n, expect.stringContaining('guests'), null])
    expect(Buffer.from(value ?? []).toString()).toBe(texts.at(-1))
  })
})

/** Writes a chunk again as it would have been before chunks held digests. */
async function asOldFormat({ store, session, folder }: Workbench, key: string): Promise<void> {
  const file = join(folder, 'old.parquet')
  await store.withFiles([unchecked(key)], async ([path = '']) => {
    const { [digestName]: _, ...pairs } = await readPairs(session, path)
    const metadata = Object.entries({ ...pairs, 'tidemark-format': 'tidemark-raw-1' }).map(
      ([name, value]) => `${literal(name)}: ${literal(value)}`,
    )
    await session.run(
      `COPY (SELECT * EXCLUDE (has_log_time, read_at) FROM read_parquet(${literal(path)})) TO ${literal(file)} (FORMAT parquet, KV_METADATA {${list(metadata)}})`,
    )
  })
  store.replace(key, await readFile(file))
}

/** Of the tables' files: the same rows are the same bytes. */
function hashes({ tables: files }: Manifest): readonly (string | null)[] {
  return Object.values<readonly DataFile[]>(files)
    .flat()
    .map(({ sha256 }) => sha256)
}
