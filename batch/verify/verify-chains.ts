import type { Session } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import type { OffsetRange } from '../../schemas/ports/log.ts'
import { loadChainStarts, readChain } from '../../schemas/formats/raw-chain.ts'
import type { ChainStart, ChunkObject } from '../../schemas/formats/raw-chain.ts'
import { checkedChunk, chunkFolder, firstOffsetOf, recordCount } from '../../schemas/formats/raw-chunk.ts'
import type { ChunkFooter, StoredFooter } from '../../schemas/formats/raw-chunk.ts'
import { list, literal } from '../../schemas/sql/sql-text.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import type { Findings } from './findings.ts'

export type VerifyChainsOptions = {
  readonly store: ObjectStore
  readonly session: Session
  readonly topic: string
  readonly findings: Findings
  readonly onChunk?: (done: { readonly bytes: number; readonly bytesTotal: number }) => void
}

export type VerifiedChunk = { readonly key: string; readonly footer: StoredFooter }

/** The undamaged chunks of a partition, and the end of its chain. */
export type VerifiedChain = {
  readonly start: ChainStart
  readonly nextOffset: bigint
  readonly chunks: readonly VerifiedChunk[]
}

/** Checks that every offset from a chain's start to its end is in exactly one chunk, as a record, a gap or a loss. */
export async function verifyChains(options: VerifyChainsOptions): Promise<readonly VerifiedChain[]> {
  const starts = await loadChainStarts(options.store, options.topic)
  for (const { hasDigest } of starts) options.findings.checked('chainStarts', hasDigest)
  const perPartition = await listObjects(options)
  for (const [partition, [first]] of perPartition) {
    if (starts.some((start) => start.partition === partition)) continue
    options.findings.differ({
      check: 'chains',
      subject: first?.key ?? chunkFolder(options.topic, partition),
      message: `belongs to partition ${partition}, whose chain has no start`,
    })
  }
  const bytesTotal = [...perPartition.values()].flat().reduce((sum, { bytes }) => sum + bytes, 0)
  let bytes = 0
  const chains: VerifiedChain[] = []
  for (const start of starts) {
    const onChunk = (chunk: ChunkObject) => options.onChunk?.({ bytes: (bytes += chunk.bytes), bytesTotal })
    chains.push(await verifyChain(options, { start, objects: perPartition.get(start.partition) ?? [], onChunk }))
  }
  return chains
}

async function listObjects({
  store,
  topic,
  findings,
}: VerifyChainsOptions): Promise<ReadonlyMap<number, readonly ChunkObject[]>> {
  const perPartition = new Map<number, ChunkObject[]>()
  for await (const { key, bytes } of store.list(`raw/${topic}/`)) {
    const [, partition] = /^raw\/[^/]+\/(\d+)\/\d{20}\.parquet$/.exec(key) ?? []
    if (partition === undefined) {
      findings.differ({ check: 'chains', subject: key, message: 'does not belong among raw chunks: move it away' })
      continue
    }
    const chunk = { key, bytes, partition: Number(partition), firstOffset: firstOffsetOf(key) }
    perPartition.set(chunk.partition, [...(perPartition.get(chunk.partition) ?? []), chunk])
  }
  return perPartition
}

type Partition = {
  readonly start: ChainStart
  readonly objects: readonly ChunkObject[]
  readonly onChunk: (chunk: ChunkObject) => void
}

async function verifyChain(
  options: VerifyChainsOptions,
  { start, objects, onChunk }: Partition,
): Promise<VerifiedChain> {
  const { topic, findings } = options
  const chunks: VerifiedChunk[] = []
  let expected: bigint | null = start.firstOffset
  for (const object of objects) {
    if (expected !== null && object.firstOffset !== expected) {
      const fault =
        object.firstOffset > expected
          ? `no chunk holds the offsets from ${expected} to ${object.firstOffset}`
          : `overlaps the chunk before it, which ends at ${expected}`
      findings.differ({
        check: 'chains',
        subject: object.firstOffset > expected ? `${topic}/${start.partition}` : object.key,
        message: fault,
      })
    }
    const footer = await verifyChunk(options, object, start)
    if (footer !== null) chunks.push({ key: object.key, footer })
    // Only the next chunk tells where a chunk that cannot be read ends.
    expected = footer?.nextOffset ?? null
    onChunk(object)
  }
  const nextOffset = expected ?? objects.at(-1)?.firstOffset ?? start.firstOffset
  return { start, nextOffset, chunks }
}

/** Returns null if the chunk is damaged. */
async function verifyChunk(
  { store, session, findings, topic }: VerifyChainsOptions,
  object: ChunkObject,
  start: ChainStart,
): Promise<StoredFooter | null> {
  const differ = (message: string) => findings.differ({ check: 'chains', subject: object.key, message })
  try {
    return await store.withFiles([checkedChunk(object)], async (paths) => {
      const [footer] = await readChain(session, [object], paths, start.logIdentity)
      if (footer === undefined) return null
      const faults = [
        ...(footer.topic === topic ? [] : [`says it is of topic ${footer.topic}`]),
        ...rangeFaults(footer),
        ...(await rowFaults(session, paths[0] ?? '', footer)),
      ]
      for (const fault of faults) differ(fault)
      findings.checked('chunks', footer.digest !== null)
      return footer
    })
  } catch (error) {
    if (!(error instanceof AppError) || !faultCodes.has(error.code)) throw error
    differ(error.message.replace(`${object.key} `, ''))
    return null
  }
}

/** Errors that mean a fault of the chunk itself. */
const faultCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['CHUNK_CORRUPT', 'CHAIN_BROKEN', 'LOG_FOREIGN'])

function rangeFaults(footer: ChunkFooter): readonly string[] {
  const ranges = [...footer.gaps, ...footer.losses].toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const isOrdered = ranges.every(
    ({ firstOffset, nextOffset }, i) =>
      firstOffset < nextOffset &&
      firstOffset >= (ranges[i - 1]?.nextOffset ?? footer.firstOffset) &&
      nextOffset <= footer.nextOffset,
  )
  return isOrdered ? [] : ['has gaps or losses that overlap or lie outside of it']
}

async function rowFaults(session: Session, path: string, footer: StoredFooter): Promise<readonly string[]> {
  const { partition, firstOffset, nextOffset } = footer
  try {
    // The hash is not compared. It makes the engine read every byte.
    const [facts] = await session.rows(
      `SELECT count(*) AS n, count(DISTINCT "offset") AS offsets, bit_xor(hash("timestamp", "key", headers, value)) AS read,
         count(*) FILTER ("partition" IS DISTINCT FROM ${partition} OR "offset" IS NULL OR "offset" < ${firstOffset} OR "offset" >= ${nextOffset}) AS strays
       FROM read_parquet(${literal(path)})`,
    )
    const expected = recordCount(footer)
    const inRanges = await rowsInRanges(session, path, [...footer.gaps, ...footer.losses])
    return [
      ...(facts?.['n'] === expected ? [] : [`holds ${String(facts?.['n'])} records, its footer counts ${expected}`]),
      ...(facts?.['n'] === facts?.['offsets'] ? [] : ['holds an offset twice']),
      ...(facts?.['strays'] === 0n
        ? []
        : [`holds ${String(facts?.['strays'])} records of other offsets or partitions`]),
      ...(inRanges === 0n ? [] : [`holds ${inRanges} records at offsets that its footer calls gaps or losses`]),
    ]
  } catch (error) {
    // A chunk that matches its digest is not at fault.
    if (footer.digest !== null) throw error
    return ['cannot be read to its end: restore it from a copy of the store']
  }
}

async function rowsInRanges(session: Session, path: string, ranges: readonly OffsetRange[]): Promise<bigint> {
  if (ranges.length === 0) return 0n
  const [firsts, nexts] = [
    ranges.map(({ firstOffset }) => String(firstOffset)),
    ranges.map(({ nextOffset }) => String(nextOffset)),
  ]
  const [row] = await session.rows(
    `SELECT count(*) AS n FROM read_parquet(${literal(path)}) c JOIN (SELECT unnest([${list(firsts)}]::BIGINT[]) AS first, unnest([${list(nexts)}]::BIGINT[]) AS next) r ON c."offset" >= r.first AND c."offset" < r.next`,
  )
  return typeof row?.['n'] === 'bigint' ? row['n'] : 0n
}
