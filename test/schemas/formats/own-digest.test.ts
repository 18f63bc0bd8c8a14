import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import { encodeManifest, loadManifest, manifestKey } from '../../../schemas/formats/manifest.ts'
import type { Manifest } from '../../../schemas/formats/manifest.ts'
import { digestName, digestPlaceholder, isAsDigested } from '../../../schemas/formats/own-digest.ts'
import { createChainStart, loadChainStarts } from '../../../schemas/formats/raw-chain.ts'
import { chunkCheck, chunkKey } from '../../../schemas/formats/raw-chunk.ts'
import type { ObjectBody } from '../../../schemas/ports/store.ts'
import { rsvpRecords } from '../../support/make-rsvp.ts'
import { Workbench } from '../../support/workbench.ts'
import { flipBit } from '../../fakes/flip-bit.ts'
import { MemoryStore } from '../../fakes/memory-store.ts'

const manifest: Manifest = {
  format: 2,
  dataset: 'rsvp',
  generation: 1,
  predecessor: 0,
  run_id: 'a',
  declaration: 'b',
  topic: 'rsvp',
  log_identity: 'log',
  tidemark: new Map([[0, 8n]]),
  lost: new Map(),
  stream_time: 1,
  created_at: '2026-11-28T00:00:00.000Z',
  run_ms: 1,
  is_rebuild: false,
  tables: { rsvp: [{ key: 'rsvp/1/a.parquet', rows: 1, bytes: 1, time_from: 0, time_to: 0, sha256: null }] },
}

/** Numbers of the bits that can be changed without the change being seen. */
async function unseenFlips(body: Uint8Array, isTaken: (copy: Uint8Array) => Promise<boolean>): Promise<number[]> {
  const unseen: number[] = []
  for (let bit = 0; bit < body.length * 8; bit += 1) {
    const copy = new Uint8Array(body)
    flipBit(copy, bit)
    if (await isTaken(copy)) unseen.push(bit)
  }
  return unseen
}

describe('no single bit passes unseen, nor makes an object one of the old format that has no digest', () => {
  it('of a manifest', async () => {
    const store = new MemoryStore()
    const key = manifestKey('rsvp', 1)
    const isTaken = async (body: Uint8Array) => {
      store.replace(key, body)
      return await loadManifest(store, key).then(
        () => true,
        () => false,
      )
    }
    const body = encodeManifest(manifest)
    expect(await isTaken(body)).toBe(true)
    expect(await unseenFlips(body, isTaken)).toEqual([])
  })

  it('of a chain start', async () => {
    const store = new MemoryStore()
    await createChainStart(store, 'rsvp', { partition: 0, firstOffset: 7n, logIdentity: 'log' })
    const [key = ''] = store.keys()
    const body = (await store.read(key)) ?? new Uint8Array()
    const isTaken = async (copy: Uint8Array) => {
      store.replace(key, copy)
      return await loadChainStarts(store, 'rsvp').then(
        () => true,
        () => false,
      )
    }
    expect(await isTaken(body)).toBe(true)
    expect(await unseenFlips(body, isTaken)).toEqual([])
  })

  it('of a raw chunk, its footer and its records', async () => {
    const bench = await Workbench.open()
    await bench.log.append('rsvp', rsvpRecords(1, 1))
    await bench.archive()
    const body = (await bench.store.read(chunkKey('rsvp', 0, 0n))) ?? new Uint8Array()
    await bench.close()
    expect(await chunkCheck.isWhole(body)).toBe(true)
    expect(await unseenFlips(body, (copy) => chunkCheck.isWhole(copy))).toEqual([])
  })
})

describe('objects of the old format, without a digest', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-digest-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('stay readable: manifest and chain start', async () => {
    const store = new MemoryStore()
    const { tables: _tables, ...rest } = manifest
    const old = {
      ...rest,
      format: 1,
      tidemark: { 0: '8' },
      tables: { rsvp: [{ key: 'k', rows: 1, bytes: 1, time_from: 0, time_to: 0 }] },
    }
    await store.putIfAbsent(manifestKey('rsvp', 1), Buffer.from(`${JSON.stringify(old, null, 2)}\n`))
    const start = { format: 1, log_identity: 'log', first_offset: '7' }
    await store.putIfAbsent('chains/rsvp/0.json', Buffer.from(JSON.stringify(start)))
    expect(await loadManifest(store, manifestKey('rsvp', 1))).toMatchObject({
      format: 1,
      tables: { rsvp: [{ sha256: null }] },
    })
    expect(await loadChainStarts(store, 'rsvp')).toEqual([
      { partition: 0, firstOffset: 7n, logIdentity: 'log', hasDigest: false },
    ])
  })

  it('are refused where they name the new format', async () => {
    const store = new MemoryStore()
    const unsigned = { ...manifest, tidemark: {} }
    await store.putIfAbsent(manifestKey('rsvp', 1), Buffer.from(`${JSON.stringify(unsigned, null, 2)}\n`))
    await expect(loadManifest(store, manifestKey('rsvp', 1))).rejects.toMatchObject({ code: 'MANIFEST_CORRUPT' })
  })

  it.each([
    { format: 'tidemark-raw-1', digest: null, isTaken: true },
    { format: 'tidemark-raw-2', digest: null, isTaken: false },
    { format: 'tidemark-raw-1', digest: digestPlaceholder, isTaken: false },
  ])('a chunk of format $format with digest $digest is taken: $isTaken', async ({ format, digest, isTaken }) => {
    const file = join(folder, `${format}-${digest}.parquet`)
    const engine = await openDuckDb({ memoryBytesMax: 64 * 1024 * 1024, threads: 1, spillFolder: folder })
    const session = await engine.connect()
    const pairs = [`'tidemark-format': '${format}'`, ...(digest === null ? [] : [`${digestName}: '${digest}'`])]
    await session.run(`COPY (SELECT 1 AS a) TO '${file}' (FORMAT parquet, KV_METADATA {${pairs.join(', ')}})`)
    session.close()
    engine.close()
    expect(await chunkCheck.isWhole({ file })).toBe(isTaken)
  })
})

describe('digest', () => {
  it('is the same of a body in memory and in a file, and null of what holds none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-digest-'))
    try {
      const file = join(folder, 'body')
      const large = encodeManifest({ ...manifest, run_id: 'x'.repeat(3_000_000) })
      await writeFile(file, large)
      const bodies: readonly ObjectBody[] = [large, { file }]
      for (const body of bodies) expect(await isAsDigested(body, 'json')).toBe(true)
      const damaged = await readFile(file)
      flipBit(damaged, 8 * 2_000_000)
      await writeFile(file, damaged)
      expect(await isAsDigested({ file }, 'json')).toBe(false)
      for (const none of ['', '{', '{"digest": "abc"}'])
        expect(await isAsDigested(Buffer.from(none), 'json')).toBeNull()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
