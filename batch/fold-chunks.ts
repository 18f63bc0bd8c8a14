import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import { isOutOfMemory } from '../schemas/ports/engine.ts'
import type { Session } from '../schemas/ports/engine.ts'
import { AppError } from '../schemas/errors.ts'
import { foldSql } from '../schemas/sql/fold-sql.ts'
import type { DataFile } from '../schemas/formats/manifest.ts'
import { noRanges, unite } from '../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../schemas/formats/offset-ranges.ts'
import { listChunks, readChain } from '../schemas/formats/raw-chain.ts'
import type { ChainStart, ChunkObject } from '../schemas/formats/raw-chain.ts'
import { checkedChunk, lossesOf, recordCount } from '../schemas/formats/raw-chunk.ts'
import type { StoredFooter } from '../schemas/formats/raw-chunk.ts'
import { ident, list, literal } from '../schemas/sql/sql-text.ts'
import { streamTimeSql } from '../schemas/sql/stage-sql.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { createTableSql } from '../schemas/sql/table-sql.ts'
import type { StageChunks } from './judge-chunks.ts'
import { isCovered, positionOf } from '../schemas/formats/tidemark.ts'
import type { Positions } from '../schemas/formats/tidemark.ts'
import { newer } from '../schemas/formats/stream-time.ts'
import { delta } from './segments.ts'
import type { Segments } from './segments.ts'

/** The SQL schema with the rows of the generation that a run starts from. */
export const base = 'base'

/** Makes `base` of the generation's files. */
export async function createBase(
  session: Session,
  dataset: DefinedDataset,
  files: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  await session.run(`CREATE SCHEMA ${base}`)
  for (const name of Object.keys(dataset.tables)) {
    const paths = files[name] ?? []
    await session.run(
      paths.length === 0
        ? createTableSql(dataset, base, name)
        : `CREATE VIEW ${base}.${ident(name)} AS FROM read_parquet([${list(paths.map(literal))}])`,
    )
  }
}

/** Local copies of a generation's files, per table. */
export function localTables(
  tables: Readonly<Record<string, readonly DataFile[]>>,
  localFiles: ReadonlyMap<string, string>,
): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, files]) => [name, files.map(({ key }) => localFiles.get(key) ?? key)]),
  )
}

export type ChunkFold = {
  readonly dataset: DefinedDataset
  readonly session: Session
  readonly store: ObjectStore
  readonly segments: Segments
  /** Chunks are folded in groups of about this size. One that runs out of memory is halved. */
  readonly groupBytesMax: number
  readonly stage: StageChunks
  /** Chunks from these offsets on are left out. A tidemark is always a border between chunks. */
  readonly until?: Positions
  readonly onGroup?: (done: { readonly bytes: number; readonly bytesTotal: number }) => void
}

/** True if there are chunks beyond `from`. Listing is cheap, unlike fetching a generation in vain. */
export async function hasChunksBeyond(
  { store, dataset }: Pick<ChunkFold, 'store' | 'dataset'>,
  starts: readonly ChainStart[],
  from: Positions,
): Promise<boolean> {
  for (const { partition, firstOffset } of starts) {
    const chunks = await listChunks(store, dataset.topic, { partition, from: from.get(partition) ?? firstOffset })
    if (chunks.length > 0) return true
  }
  return false
}

export type Folded = {
  readonly positions: Positions
  /** Offsets that the log deleted before they were archived, as the folded chunks say. */
  readonly lost: PartitionRanges
  readonly streamTime: number | null
  readonly chunkCount: number
}

/** Folds the raw chunks beyond `from`, after which `delta` is merged. Returns the ends of the chains. */
export async function foldChunks(fold: ChunkFold, starts: readonly ChainStart[], from: Positions): Promise<Folded> {
  const positions = new Map(starts.map((start) => [start.partition, from.get(start.partition) ?? start.firstOffset]))
  const perPartition = await Promise.all(
    starts.map(({ partition }) =>
      listChunks(fold.store, fold.dataset.topic, { partition, from: positionOf(positions, partition) }),
    ),
  )
  const chunks = perPartition
    .flat()
    .filter((chunk) => fold.until === undefined || isCovered(fold.until, chunk.partition, chunk.firstOffset))
  const bytesTotal = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
  let [lost, streamTime, bytes]: [PartitionRanges, number | null, number] = [noRanges, null, 0]
  const groups = [...groupChunks(chunks, fold.groupBytesMax)]
  await fold.segments.open()
  for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
    checkContinues(group, positions)
    const folded = await foldGroup(fold, group, starts)
    if (folded === 'out of memory') {
      const half = Math.ceil(group.length / 2)
      groups.unshift(group.slice(0, half), group.slice(half))
      continue
    }
    await fold.segments.spill()
    for (const [partition, nextOffset] of folded.positions) positions.set(partition, nextOffset)
    lost = unite(lost, folded.lost)
    streamTime = newer(streamTime, folded.streamTime)
    bytes += group.reduce((sum, chunk) => sum + chunk.bytes, 0)
    fold.onGroup?.({ bytes, bytesTotal })
  }
  await fold.segments.merge()
  return { positions, lost, streamTime, chunkCount: chunks.length }
}

/** Groups chunks. A group is a part of one chain: it never mixes partitions. */
function groupChunks(chunks: readonly ChunkObject[], bytesMax: number): readonly (readonly ChunkObject[])[] {
  const groups: ChunkObject[][] = []
  let bytes = 0
  for (const chunk of chunks) {
    const group = groups.at(-1)
    if (group !== undefined && group[0]?.partition === chunk.partition && bytes + chunk.bytes <= bytesMax) {
      group.push(chunk)
      bytes += chunk.bytes
    } else {
      groups.push([chunk])
      bytes = chunk.bytes
    }
  }
  return groups
}

function checkContinues([first]: readonly ChunkObject[], positions: Positions): void {
  if (first === undefined || first.firstOffset === positionOf(positions, first.partition)) return
  throw new AppError(
    'CHAIN_BROKEN',
    `${first.key} does not start where its predecessor ends, at ${positionOf(positions, first.partition)}: restore the missing objects from a copy of the store`,
  )
}

async function foldGroup(
  { dataset, session, store, stage }: ChunkFold,
  group: readonly ChunkObject[],
  starts: readonly ChainStart[],
): Promise<Omit<Folded, 'chunkCount'> | 'out of memory'> {
  const identity = starts.find(({ partition }) => partition === group[0]?.partition)?.logIdentity ?? ''
  return await store.withFiles(group.map(checkedChunk), async (paths) => {
    const footers = await readChain(session, group, paths, identity)
    try {
      const expected = footers.reduce((sum, footer) => sum + recordCount(footer), 0n)
      const chunks = footers.map((footer, index) => ({ footer, path: paths[index] ?? '' }))
      await stage(session, 'staged', chunks)
      const streamTime = await session.transaction(async () => {
        for (const sql of foldSql(dataset, 'staged', { speed: delta, batch: base })) await session.run(sql)
        const [staged] = await session.rows(
          `SELECT count(*) AS n, ${streamTimeSql(dataset)} AS stream_time FROM staged`,
        )
        if (staged?.['n'] !== expected)
          throw new AppError(
            'CHUNK_CORRUPT',
            `of the ${expected} records of ${group[0]?.key ?? ''} to ${group.at(-1)?.key ?? ''} only ${String(staged?.['n'])} have an offset of their own: restore them from a copy of the store`,
          )
        return staged['stream_time'] ?? null
      })
      await session.run('DROP TABLE staged')
      return {
        positions: new Map(footers.map(({ partition, nextOffset }) => [partition, nextOffset])),
        lost: lossesOf(footers),
        streamTime: streamTime === null ? null : Number(streamTime),
      }
    } catch (cause) {
      if (isOutOfMemory(cause) && group.length > 1) return 'out of memory'
      // Look for a damaged chunk. If there is none, the engine or its disk is at fault.
      for (const [index, footer] of footers.entries())
        await requireWhole(session, group[index]?.key ?? '', paths[index] ?? '', footer)
      throw cause
    }
  })
}

/**
 * Throws CHUNK_CORRUPT if a chunk cannot be read to its end, or has other records than its footer counts. A chunk that
 * matches its digest can be read: there the engine is at fault.
 */
async function requireWhole(session: Session, key: string, path: string, footer: StoredFooter): Promise<void> {
  const mend = 'restore it from a copy of the store'
  const counted = session.rows(
    `SELECT count(*) AS n, bit_xor(hash("partition", "offset", "timestamp", "key", headers, value)) FROM read_parquet(${literal(path)})`,
  )
  const [row] = await counted.catch((cause: unknown) => {
    if (footer.digest !== null) throw cause
    throw new AppError('CHUNK_CORRUPT', `${key} cannot be read to its end: ${mend}`, { cause })
  })
  if (row?.['n'] === recordCount(footer)) return
  throw new AppError(
    'CHUNK_CORRUPT',
    `${key} holds ${String(row?.['n'])} records, its footer counts ${recordCount(footer)}: ${mend}`,
  )
}
