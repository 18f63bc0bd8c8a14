import { z } from 'zod'
import type { Session } from '../ports/engine.ts'
import { AppError } from '../errors.ts'
import { jsonCheck, parseJson } from './json-object.ts'
import { encodeWithDigest } from './own-digest.ts'
import { chunkFolder, chunkKey, firstOffsetOf, hadLogTime, parseFooter } from './raw-chunk.ts'
import type { StoredFooter } from './raw-chunk.ts'
import { list, literal } from '../sql/sql-text.ts'
import type { ObjectStore } from '../ports/store.ts'

/** Where the chain of a partition starts, and of which log it is. Created once, before the first chunk. */
export type ChainStart = { readonly partition: number; readonly firstOffset: bigint; readonly logIdentity: string }
export type StoredStart = ChainStart & { readonly hasDigest: boolean }

/** Starts of format 1 hold no digest. */
const Start = z.object({
  format: z.literal([1, 2]),
  log_identity: z.string(),
  first_offset: z.string().regex(/^\d{1,19}$/),
})

const startCheck = jsonCheck({ code: 'CHAIN_BROKEN', mend: 'restore it from a copy of the store' })

function chainsFolder(topic: string): string {
  return `chains/${topic}/`
}

function chainStartKey(topic: string, partition: number): string {
  return `${chainsFolder(topic)}${partition}.json`
}

/** Creates the chain's start. Returns the one in the store, which another writer may have created. */
export async function createChainStart(store: ObjectStore, topic: string, start: ChainStart): Promise<ChainStart> {
  const body = { format: 2, log_identity: start.logIdentity, first_offset: String(start.firstOffset) }
  const key = chainStartKey(topic, start.partition)
  if ((await store.putIfAbsent(key, encodeWithDigest(body))) === 'created') return start
  return await loadChainStart(store, topic, start.partition)
}

/** The starts of all chains of a topic, one for each partition that was ever archived. */
export async function loadChainStarts(store: ObjectStore, topic: string): Promise<readonly StoredStart[]> {
  const starts: StoredStart[] = []
  for await (const { key } of store.list(chainsFolder(topic))) {
    const partition = /\/(\d+)\.json$/.exec(key)?.[1]
    if (partition === undefined)
      throw new AppError('CHAIN_BROKEN', `${key} does not belong among chain starts: move it away`)
    starts.push(await loadChainStart(store, topic, Number(partition)))
  }
  return starts.toSorted((a, b) => a.partition - b.partition)
}

async function loadChainStart(store: ObjectStore, topic: string, partition: number): Promise<StoredStart> {
  const key = chainStartKey(topic, partition)
  const body = await store.read(key, startCheck)
  const parsed = Start.safeParse(body === null ? null : parseJson(body))
  if (!parsed.success)
    throw new AppError('CHAIN_BROKEN', `${key} is not a chain start: ${startCheck.fault.mend}`, { cause: parsed.error })
  const { format, first_offset: firstOffset, log_identity: logIdentity } = parsed.data
  return { partition, firstOffset: BigInt(firstOffset), logIdentity, hasDigest: format === 2 }
}

export type ChunkObject = {
  readonly key: string
  readonly bytes: number
  readonly partition: number
  readonly firstOffset: bigint
}

/**
 * The chunks of a partition from the offset `from` on. Throws CHAIN_BROKEN if none starts at `from` but later ones
 * exist.
 */
export async function listChunks(
  store: ObjectStore,
  topic: string,
  { partition, from }: { partition: number; from: bigint },
): Promise<readonly ChunkObject[]> {
  const chunks = await chunksFrom(store, topic, { partition, from })
  const first = chunks[0]
  if (first !== undefined && first.firstOffset !== from) {
    throw new AppError(
      'CHAIN_BROKEN',
      `the chain of ${topic}/${partition} has no chunk at ${from}; the next is ${first.key}: restore the missing objects from a copy of the store`,
    )
  }
  return chunks
}

async function chunksFrom(
  store: ObjectStore,
  topic: string,
  { partition, from }: { partition: number; from: bigint },
): Promise<readonly ChunkObject[]> {
  const chunks: ChunkObject[] = []
  const before = from === 0n ? undefined : chunkKey(topic, partition, from - 1n)
  for await (const { key, bytes } of store.list(chunkFolder(topic, partition), before)) {
    chunks.push({ key, bytes, partition, firstOffset: firstOffsetOf(key) })
  }
  return chunks
}

/** So many offsets before the log's end, the newest chunks are looked for first, then further back by this factor. */
const [offsetsBack, backFactor] = [100_000n, 16n]

/**
 * The newest chunks of a partition's chain, which starts at the offset `from`: more than `bytesMin` bytes of them, or
 * all. Looks back from `logEnd`, so that it lists little of a long chain. Throws as `listChunks` where it returns all.
 */
export async function listNewestChunks(
  store: ObjectStore,
  topic: string,
  { partition, from, logEnd, bytesMin }: { partition: number; from: bigint; logEnd: bigint; bytesMin: number },
): Promise<readonly ChunkObject[]> {
  for (let back = offsetsBack; logEnd - back > from; back *= backFactor) {
    const chunks = await chunksFrom(store, topic, { partition, from: logEnd - back })
    if (chunks.reduce((sum, { bytes }) => sum + bytes, 0) > bytesMin) return chunks
  }
  return await listChunks(store, topic, { partition, from })
}

/**
 * Reads the footers of chunks that `listChunks` returned, from local copies, and checks that each chunk ends where the
 * next one begins. Throws CHAIN_BROKEN or CHUNK_CORRUPT.
 */
export async function readChain(
  session: Session,
  chunks: readonly ChunkObject[],
  paths: readonly string[],
  logIdentity: string,
): Promise<readonly StoredFooter[]> {
  const footers = await readFooters(session, chunks, paths)
  for (const [index, footer] of footers.entries()) {
    const [chunk, next] = [chunks[index], chunks[index + 1]]
    if (chunk === undefined) break
    if (footer.logIdentity !== logIdentity) {
      throw new AppError(
        'LOG_FOREIGN',
        `${chunk.key} holds records of log ${footer.logIdentity}, its chain belongs to ${logIdentity}: remove it, or use another store`,
      )
    }
    if (
      footer.partition !== chunk.partition ||
      footer.firstOffset !== chunk.firstOffset ||
      footer.nextOffset <= footer.firstOffset
    ) {
      throw new AppError(
        'CHUNK_CORRUPT',
        `${chunk.key} says it covers ${footer.partition}: ${footer.firstOffset} to ${footer.nextOffset}: restore it from a copy of the store`,
      )
    }
    if (next?.partition === chunk.partition && next.firstOffset !== footer.nextOffset) {
      throw new AppError(
        'CHAIN_BROKEN',
        `${chunk.key} ends at ${footer.nextOffset}, but the next chunk is ${next.key}: restore the missing objects from a copy of the store`,
      )
    }
  }
  return footers
}

async function readFooters(
  session: Session,
  chunks: readonly ChunkObject[],
  paths: readonly string[],
): Promise<readonly StoredFooter[]> {
  if (paths.length === 0) return []
  const footers: StoredFooter[] = []
  for (const [index, path] of paths.entries()) {
    const key = chunks[index]?.key ?? path
    const pairs = await readPairs(session, path).catch((cause: unknown) => {
      throw new AppError('CHUNK_CORRUPT', `${key} cannot be read as Parquet: restore it from a copy of the store`, {
        cause,
      })
    })
    footers.push(parseFooter(key, pairs))
  }
  return footers
}

/** The key-value pairs of a Parquet file's footer. */
export async function readPairs(session: Session, path: string): Promise<Readonly<Record<string, string>>> {
  const rows = await session.rows(
    `SELECT decode("key") AS name, decode("value") AS text FROM parquet_kv_metadata(${literal(path)})`,
  )
  return Object.fromEntries(rows.map(({ name, text }) => [String(name), String(text)]))
}

export type ChunkRecords = {
  readonly paths: readonly string[]
  readonly footers: readonly StoredFooter[]
  /** Records below this offset are left out. */
  readonly from?: bigint
  /** When we had read the records at the latest, for chunks of the old format, which do not say it. */
  readonly readAtMs: number
  /** Whether the records' keys are read as well. */
  readonly withKeys?: boolean
}

/** SQL that reads the records of chunks, for `stageSql`. */
export function chunksSql({ paths, footers, from = 0n, readAtMs, withKeys = false }: ChunkRecords): string {
  const of = (isMeant: (footer: StoredFooter) => boolean) =>
    paths.filter((_, index) => {
      const footer = footers[index]
      return footer !== undefined && isMeant(footer)
    })
  const read = (files: readonly string[], columns: string): readonly string[] =>
    files.length === 0
      ? []
      : [
          `SELECT "partition", "offset", "timestamp", ${columns}, value${withKeys ? ', "key"' : ''} FROM read_parquet([${list(files.map(literal))}])${from === 0n ? '' : ` WHERE "offset" >= ${from}`}`,
        ]
  const old = (hasLogTime: boolean): readonly string[] =>
    read(
      of((footer) => footer.digest === null && hadLogTime(footer) === hasLogTime),
      `${hasLogTime} AS has_log_time, ${readAtMs}::BIGINT AS read_at`,
    )
  const current = read(
    of((footer) => footer.digest !== null),
    'has_log_time, read_at',
  )
  return `(${[...current, ...old(true), ...old(false)].join(' UNION ALL ')})`
}
