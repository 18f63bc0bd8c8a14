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

/** Per gap between two batches, where it begins and where it ends. */
export type Gaps = ReadonlyMap<bigint, bigint>

/** What an answer holds that bad memory or a bad network may have made. Another answer decides. */
export class DoubtfulAnswer extends Error {
  /** Up to here the answer is certain. */
  readonly position: bigint
  /** What is certain where the next answer is like this one. Null for a gap, which is what compaction leaves. */
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
  /** Those that an answer before this one has had too. */
  readonly knownGaps: Gaps
}

/** Length and offset, which no checksum covers. The length counts what follows it. */
const lengthEnd = 12
const formatAt = 16
const checksumAt = 17
/** From here to its end a batch is covered by its checksum, CRC-32C. */
const checkedFrom = 21

/**
 * The batches of an answer that are whole, each as it was written: its checksum fits, and its offset, which the checksum
 * does not cover, continues the batch before it. What does not fit, or is a gap that is new, ends them as a doubt.
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
    // Only the batch of `position` itself may begin before what is expected.
    if (expected > position && batch.firstOffset < expected)
      return yield damaged(`a record batch of offset ${batch.firstOffset}`)
    if (batch.firstOffset > expected && knownGaps.get(expected) !== batch.firstOffset)
      return yield new DoubtfulAnswer(expected, null)
    yield batch
    if (batch.nextOffset > expected) expected = batch.nextOffset
    isFirst = false
  }
  // Kafka sends the first batch whole, however long.
  if (isFirst && fetched.batches.length > 0) yield damaged('no whole record batch')
}

/** The gaps of an answer, to know them again in the next one. */
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

/** A fetch is cut by size: the last batch may be incomplete, and comes again. */
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
