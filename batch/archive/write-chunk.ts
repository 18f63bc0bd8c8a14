import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { cleanedUp } from '../../schemas/async/clean-up.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { writeDigest } from '../../schemas/formats/own-digest.ts'
import { chunkKey, footerMetadata, objectMetadata, rawColumns } from '../../schemas/formats/raw-chunk.ts'
import { list, literal } from '../../schemas/sql/sql-text.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { ChunkDraft } from './chunk-draft.ts'

export type ChunkTarget = {
  readonly store: ObjectStore
  readonly session: Session
  readonly topic: string
  readonly logIdentity: string
  readonly workFolder: string
}

/**
 * Writes a draft as a Parquet file and creates it in the store, under its first offset. Returns `exists` if another
 * archiver was faster; the chain then has nothing of this draft.
 */
export async function writeChunk(
  draft: ChunkDraft,
  { store, session, topic, logIdentity, workFolder }: ChunkTarget,
): Promise<'created' | 'exists'> {
  const footer = { ...draft, topic, logIdentity }
  const table = `chunk_${randomUUID().replaceAll('-', '')}`
  const file = join(workFolder, `${randomUUID()}.parquet`)
  await mkdir(workFolder, { recursive: true })
  const put = async (): Promise<'created' | 'exists'> => {
    await session.run(`CREATE TEMP TABLE ${table} (${rawColumns})`)
    await appendRecords(session, table, { ...draft, readAt: Date.now() })
    const pairs = Object.entries(footerMetadata(footer)).map(([name, value]) => `${literal(name)}: ${literal(value)}`)
    await session.run(
      `COPY (FROM ${table} ORDER BY "offset") TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {${list(pairs)}})`,
    )
    await writeDigest(file)
    return await store.putIfAbsent(
      chunkKey(topic, draft.partition, draft.firstOffset),
      { file },
      objectMetadata(footer),
    )
  }
  return await cleanedUp(put, async () => {
    await session.run(`DROP TABLE IF EXISTS ${table}`)
    await rm(file, { force: true })
  })
}

/** Appends records to a table with the columns `rawColumns`. */
export async function appendRecords(
  session: Session,
  table: string,
  { partition, records, readAt }: Pick<ChunkDraft, 'partition' | 'records'> & { readonly readAt: number },
): Promise<void> {
  await session.append(table, [
    { type: 'INTEGER', cells: records.map(() => partition) },
    { type: 'BIGINT', cells: records.map(({ offset }) => offset) },
    { type: 'BIGINT', cells: records.map(({ timestamp }) => timestamp) },
    { type: 'BOOLEAN', cells: records.map(({ hasLogTime }) => hasLogTime) },
    { type: 'BIGINT', cells: records.map(() => BigInt(readAt)) },
    { type: 'BLOB', cells: records.map(({ key }) => key) },
    { type: 'HEADERS', cells: records.map(({ headers }) => headers) },
    { type: 'BLOB', cells: records.map(({ value }) => value) },
  ])
}
