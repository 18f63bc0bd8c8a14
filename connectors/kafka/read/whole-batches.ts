import { crc32c } from '@node-rs/crc32'
import { AppError } from '../../../schemas/errors.ts'
import { WireReader } from '../bytes.ts'
import type { FetchedPartition } from '../calls.ts'
import type { TopicOf } from './offsets.ts'

export type Batch = {
  readonly firstOffset: bigint
  readonly nextOffset: bigint
  readonly attributes: number
  readonly firstTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly producerId: bigint
  readonly recordCount: number
  readonly body: Buffer
}

/** Gaps between batches, from first to next offset. */
export type Gaps = ReadonlyMap<bigint, bigint>

/** Something in an answer that bad memory or a bad network may have caused. The next answer decides. */
export class DoubtfulAnswer extends Error {
  /** The answer is certain up to this offset. */
  readonly position: bigint
  /** The failure, if the next answer is the same. Null for a gap, which compaction leaves. */
  readonly failure: AppError | null

  constructor(position: bigint, failure: AppError | null) {
    super(failure?.message ?? `a gap at ${position}`)
    this.position = position
    this.failure = failure
  }
}

export type Fetched = {
  readonly of: TopicOf
  readonly fetched: FetchedPartition
  readonly position: bigint
  /** Gaps that an earlier answer had too. */
  readonly knownGaps: Gaps
}

/** The end of offset and length, which no checksum covers. The length counts the bytes after it. */
const lengthEnd = 12
const formatAt = 16
const checksumAt = 17
/** The checksum, CRC-32C, covers a batch from here to its end. */
const checkedFrom = 21

/**
 * Yields the batches of an answer that are as they were written: the checksum fits, and the offset, which it does not
 * cover, continues the batch before. The first one that does not fit, or follows a new gap, ends them as a doubt.
 */
export function* wholeBatches({ of, fetched, position, knownGaps }: Fetched): Generator<Batch | DoubtfulAnswer> {
  const { partition } = fetched
  let expected = position
  let isFirst = true
  const damaged = (fact: string) => new DoubtfulAnswer(expected, damage(of, { partition, position: expected, fact }))
  for (const bytes of cutBatches(fetched.batches)) {
    const format = bytes[formatAt]
    if (format !== 2) return yield new DoubtfulAnswer(expected, tooOld(of, { partition, position: expected, format }))
    if (!matchesChecksum(bytes)) return yield damaged('a record batch that does not match its checksum')
    const batch = readBatch(bytes)
    // Only the batch that holds `position` may begin before it.
    if (expected > position && batch.firstOffset < expected)
      return yield damaged(`a record batch of offset ${batch.firstOffset}`)
    if (batch.firstOffset > expected && knownGaps.get(expected) !== batch.firstOffset)
      return yield new DoubtfulAnswer(expected, null)
    yield batch
    if (batch.nextOffset > expected) expected = batch.nextOffset
    isFirst = false
  }
  // Kafka always sends the first batch whole.
  if (isFirst && fetched.batches.length > 0) yield damaged('no whole record batch')
}

/** The gaps of an answer, to be compared with the next answer's. */
export function gapsOf({ batches }: FetchedPartition, position: bigint): Gaps {
  const gaps = new Map<bigint, bigint>()
  let expected = position
  for (const bytes of cutBatches(batches)) {
    if (!matchesChecksum(bytes)) break
    const { firstOffset, nextOffset } = readBatch(bytes)
    if (firstOffset > expected) gaps.set(expected, firstOffset)
    expected = nextOffset
  }
  return gaps
}

/** Cuts an answer into batches. Kafka limits answers by size, so the last batch may be incomplete; it comes again. */
function* cutBatches(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; bytes.length - at > lengthEnd;) {
    const end = at + lengthEnd + bytes.readInt32BE(at + 8)
    if (end > bytes.length || end <= at + formatAt) return
    yield bytes.subarray(at, end)
    at = end
  }
}

function matchesChecksum(bytes: Buffer): boolean {
  return bytes.length > checkedFrom && crc32c(bytes.subarray(checkedFrom)) === bytes.readUInt32BE(checksumAt)
}

function readBatch(bytes: Buffer): Batch {
  const reader = new WireReader(bytes)
  const firstOffset = reader.int64()
  reader.bytes(checkedFrom - 8)
  const attributes = reader.int16()
  const nextOffset = firstOffset + BigInt(reader.int32()) + 1n
  const [firstTimestamp, maxTimestamp, producerId] = [reader.int64(), reader.int64(), reader.int64()]
  reader.bytes(6)
  const recordCount = reader.int32()
  const body = reader.bytes(reader.remainingBytes) ?? Buffer.alloc(0)
  return { firstOffset, nextOffset, attributes, firstTimestamp, maxTimestamp, producerId, recordCount, body }
}

type At = { readonly partition: number; readonly position: bigint }

function damage({ description, topic }: TopicOf, { partition, position, fact }: At & { fact: string }): AppError {
  return new AppError(
    'LOG_CORRUPT',
    `${topic}/${partition} of ${description} is damaged at offset ${position}: two fetches found ${fact} there. Let another replica of the partition lead, or restore the topic.`,
  )
}

function tooOld({ topic }: TopicOf, { partition, position, format }: At & { format: number | undefined }): AppError {
  return new AppError(
    'LOG_FOREIGN',
    `Offset ${position} of ${topic}/${partition} has message format ${format}, from before Kafka 0.11. Copy the topic to a new one.`,
  )
}
