import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { OffsetRange } from '../ports/log.ts'
import { rangesJson, unite } from './offset-ranges.ts'
import type { PartitionRanges } from './offset-ranges.ts'
import { withBytes } from './object-bytes.ts'
import { digestName, digestPlaceholder, isAsDigested } from './own-digest.ts'
import type { CheckedObject, ObjectBody, ObjectCheck } from '../ports/store.ts'

/** Chunks of the older format hold no digest. */
const formats = { undigested: 'tidemark-raw-1', digested: 'tidemark-raw-2' } as const

const offset = z
  .string()
  .regex(/^\d{1,19}$/)
  .transform(BigInt)
const ranges = z
  .array(z.tuple([offset, offset]))
  .transform((list) => list.map(([firstOffset, nextOffset]) => ({ firstOffset, nextOffset })))

/**
 * The Parquet footer of a raw chunk. The chunk covers all of [firstOffset, nextOffset) of one partition: each of these
 * offsets is a row, lies in a gap (the log never held a record there) or in a loss (the log deleted it before it was
 * archived). A chunk's key is its first offset, which is its predecessor's next one.
 */
export type ChunkFooter = OffsetRange & {
  readonly topic: string
  readonly partition: number
  readonly logIdentity: string
  readonly gaps: readonly OffsetRange[]
  readonly losses: readonly OffsetRange[]
}

/** A footer as it was read. */
export type StoredFooter = ChunkFooter & {
  /** The digest that the chunk holds. Null if it is of the old format. */
  readonly digest: string | null
}

const Footer = z
  .object({
    'tidemark-format': z.enum(formats),
    'log-identity': z.string(),
    topic: z.string(),
    partition: z.string().regex(/^\d+$/).transform(Number),
    'first-offset': offset,
    'next-offset': offset,
    gaps: z
      .string()
      .transform((text, context) => parseJson(text, context))
      .pipe(ranges),
    losses: z
      .string()
      .transform((text, context) => parseJson(text, context))
      .pipe(ranges),
    [digestName]: z.string().optional(),
  })
  .refine((pairs) => pairs['tidemark-format'] === formats.undigested || pairs[digestName] !== undefined, 'no digest')

/**
 * Columns of a raw chunk, in order: bytes exactly as the log received them. `read_at` is when the archiver had the
 * record at the latest, by the archiver's clock. It stands in for the time of reception, which not every log knows.
 */
export const rawColumns =
  '"partition" INTEGER, "offset" BIGINT, "timestamp" BIGINT, has_log_time BOOLEAN, read_at BIGINT, "key" BLOB, headers STRUCT("key" VARCHAR, "value" BLOB)[], value BLOB'

export function chunkFolder(topic: string, partition: number): string {
  return `raw/${topic}/${partition}/`
}

export function chunkKey(topic: string, partition: number, firstOffset: bigint): string {
  return `${chunkFolder(topic, partition)}${String(firstOffset).padStart(20, '0')}.parquet`
}

/** The first offset of a chunk, from its key. Throws CHAIN_BROKEN if the key is not one of a chunk. */
export function firstOffsetOf(key: string): bigint {
  const digits = /\/(\d{20})\.parquet$/.exec(key)?.[1]
  if (digits === undefined) throw new AppError('CHAIN_BROKEN', `${key} does not belong among raw chunks: move it away`)
  return BigInt(digits)
}

/**
 * Checks a chunk by its digest. A chunk of the old format has none, and says in its footer that it is of that format. A
 * flipped bit cannot make a newer chunk look like one: its digest would have to vanish as well.
 */
export const chunkCheck: ObjectCheck = {
  isWhole: async (copy) => (await isAsDigested(copy, 'parquet')) ?? (await saysUndigested(copy)),
  fault: { code: 'CHUNK_CORRUPT', mend: 'restore it from a copy of the store' },
}

export function checkedChunk({ key }: { readonly key: string }): CheckedObject {
  return { key, check: chunkCheck }
}

/** A Parquet file ends with the length of its footer and `PAR1`. */
const parquetEndBytes = 8

async function saysUndigested(copy: ObjectBody): Promise<boolean> {
  return await withBytes(copy, async (bytes) => {
    const footerEnd = bytes.size - parquetEndBytes
    if (footerEnd < 0) return false
    const length = Buffer.from(await bytes.read(footerEnd, bytes.size)).readUInt32LE()
    return (
      length <= footerEnd && Buffer.from(await bytes.read(footerEnd - length, footerEnd)).includes(formats.undigested)
    )
  })
}

/** The footer's key-value pairs. The last one is the digest, here its placeholder. */
export function footerMetadata(footer: ChunkFooter): Record<string, string> {
  return {
    ...objectMetadata(footer),
    topic: footer.topic,
    partition: String(footer.partition),
    'first-offset': String(footer.firstOffset),
    gaps: rangesText(footer.gaps),
    losses: rangesText(footer.losses),
    [digestName]: digestPlaceholder,
  }
}

/** Metadata of the object in the store, for tools that look at it. Its size does not grow with the chunk. */
export function objectMetadata({
  logIdentity,
  nextOffset,
}: Pick<ChunkFooter, 'logIdentity' | 'nextOffset'>): Record<string, string> {
  return { 'tidemark-format': formats.digested, 'log-identity': logIdentity, 'next-offset': String(nextOffset) }
}

/** Throws CHUNK_CORRUPT, which names the key, if the footer is not one of ours. */
export function parseFooter(key: string, metadata: Readonly<Record<string, string>>): StoredFooter {
  const parsed = Footer.safeParse(metadata)
  if (!parsed.success) {
    throw new AppError('CHUNK_CORRUPT', `${key} is not a raw chunk of this version: ${z.prettifyError(parsed.error)}`, {
      cause: parsed.error,
    })
  }
  const {
    'tidemark-format': format,
    'log-identity': logIdentity,
    'first-offset': firstOffset,
    'next-offset': nextOffset,
    topic,
    partition,
    gaps,
    losses,
  } = parsed.data
  const digest = (format === formats.digested ? parsed.data[digestName] : null) ?? null
  return { logIdentity, topic, partition, firstOffset, nextOffset, gaps, losses, digest }
}

/**
 * Whether the log stamped the records of a chunk of the old format, which does not say it per record. The embedded log
 * stamps all records. For Kafka nobody knows any more; `false` never rejects an event because of its producer's clock.
 */
export function hadLogTime({ logIdentity }: ChunkFooter): boolean {
  return !logIdentity.startsWith('kafka/')
}

/** How many rows a chunk has: its offsets without gaps and losses. */
export function recordCount({ firstOffset, nextOffset, gaps, losses }: ChunkFooter): bigint {
  return [...gaps, ...losses].reduce(
    (count, range) => count - (range.nextOffset - range.firstOffset),
    nextOffset - firstOffset,
  )
}

/** What the log deleted before it was archived, per partition of these chunks. */
export function lossesOf(footers: readonly Pick<ChunkFooter, 'partition' | 'losses'>[]): PartitionRanges {
  return unite(...footers.map(({ partition, losses }) => new Map([[partition, losses]])))
}

function rangesText(list: readonly OffsetRange[]): string {
  return JSON.stringify(rangesJson(list))
}

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' })
    return z.NEVER
  }
}
