import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../../connectors/engine/duckdb-engine.ts'
import type { Session } from '../../../schemas/ports/engine.ts'
import { chunksSql } from '../../../schemas/formats/raw-chain.ts'
import type { StoredFooter } from '../../../schemas/formats/raw-chunk.ts'

let folder: string
let engine: DuckDbEngine
let session: Session

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-raw-chain-'))
  engine = await openDuckDb({ memoryBytesMax: 64 * 1024 * 1024, threads: 1, spillFolder: folder })
  session = await engine.connect()
})
afterAll(async () => {
  session.close()
  engine.close()
  await rm(folder, { recursive: true })
})

type Chunk = { readonly path: string; readonly footer: StoredFooter }

/** A chunk with two records, of the format before where it holds no digest. */
async function writeChunk(firstOffset: number, facts: Pick<StoredFooter, 'digest' | 'logIdentity'>): Promise<Chunk> {
  const path = join(folder, `${firstOffset}.parquet`)
  const rows = `(SELECT 0::INTEGER AS "partition", n AS "offset", 5::BIGINT AS "timestamp", false AS has_log_time, 7::BIGINT AS read_at, NULL::BLOB AS "key", [] AS headers, 'x'::BLOB AS value FROM range(${firstOffset}, ${firstOffset + 2}) r(n))`
  const columns = facts.digest !== null ? '*' : '* EXCLUDE (has_log_time, read_at)'
  await session.run(`COPY (SELECT ${columns} FROM ${rows}) TO '${path}' (FORMAT parquet)`)
  const offsets = { firstOffset: BigInt(firstOffset), nextOffset: BigInt(firstOffset + 2) }
  return { path, footer: { topic: 'rsvp', partition: 0, ...offsets, gaps: [], losses: [], ...facts } }
}

async function read(chunks: readonly Chunk[], from = 0n) {
  const [paths, footers] = [chunks.map(({ path }) => path), chunks.map(({ footer }) => footer)]
  const rows = await session.rows(`FROM ${chunksSql({ paths, footers, from, readAtMs: 9 })} ORDER BY "offset"`)
  return rows.map((row) => [row['offset'], row['has_log_time'], row['read_at']])
}

it('of chunks of both formats says who stamped each record, and when it was read at the latest', async () => {
  const current = await writeChunk(0, { digest: 'digest', logIdentity: 'kafka/c/rsvp/t' })
  const oldOfKafka = await writeChunk(2, { digest: null, logIdentity: 'kafka/c/rsvp/t' })
  const oldOfEmbedded = await writeChunk(4, { digest: null, logIdentity: 'embedded/u/rsvp' })
  expect(await read([current, oldOfKafka, oldOfEmbedded])).toEqual([
    [0n, false, 7n],
    [1n, false, 7n],
    [2n, false, 9n],
    [3n, false, 9n],
    [4n, true, 9n],
    [5n, true, 9n],
  ])
  expect(await read([oldOfKafka, oldOfEmbedded], 3n)).toEqual([
    [3n, false, 9n],
    [4n, true, 9n],
    [5n, true, 9n],
  ])
})
