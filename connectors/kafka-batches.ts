import { AppError } from '../schemas/errors.ts'
import type { Header, LogRecord, LogSlice } from '../schemas/log.ts'
import { WireReader } from './kafka-bytes.ts'
import type { FetchedPartition } from './kafka-calls.ts'
import { decompress } from './kafka-codecs.ts'

const sliceRecordsMax = 10_000
const lengthEnd = 12
const noHeaders: readonly Header[] = Object.freeze([])
const attribute = { codec: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const

type Batch = {
  readonly firstOffset: bigint
  readonly nextOffset: bigint
  readonly attributes: number
  readonly firstTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly producerId: bigint
  readonly recordCount: number
  readonly body: Buffer
}

/**
 * What a fetch found in a partition from `position` on, as slices without a seam. Transaction markers, aborted records and
 * batches that compaction has emptied leave no record, but their offsets are covered all the same: the batches themselves
 * say where they end.
 */
export async function* readSlices(fetched: FetchedPartition, position: bigint): AsyncGenerator<LogSlice> {
  const { partition } = fetched
  const isAborted = abortedFilter(fetched)
  let firstOffset = position
  let nextOffset = position
  let records: LogRecord[] = []
  for (const batch of wholeBatches(fetched.batches, partition)) {
    const isDropped = isAborted(batch)
    if (batch.nextOffset <= position) continue
    if (!isDropped) {
      for (const record of await recordsOf(batch)) if (record.offset >= position) records.push(record)
    }
    nextOffset = batch.nextOffset
    if (records.length < sliceRecordsMax) continue
    yield { partition, firstOffset, nextOffset, records }
    firstOffset = nextOffset
    records = []
  }
  if (nextOffset > firstOffset) yield { partition, firstOffset, nextOffset, records }
}

/** True for batches that hold nothing to deliver: markers, and records of transactions that were aborted. */
function abortedFilter({ aborted }: FetchedPartition): (batch: Batch) => boolean {
  const waiting = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const open = new Set<bigint>()
  return (batch) => {
    while (waiting[0] !== undefined && waiting[0].firstOffset < batch.nextOffset) {
      open.add(waiting[0].producerId)
      waiting.shift()
    }
    if ((batch.attributes & attribute.control) !== 0) {
      open.delete(batch.producerId)
      return true
    }
    return (batch.attributes & attribute.transactional) !== 0 && open.has(batch.producerId)
  }
}

/** A fetch is cut by size: the last batch may be incomplete, and comes again. */
function* wholeBatches(bytes: Buffer, partition: number): Generator<Batch> {
  for (let at = 0; bytes.length - at > lengthEnd;) {
    const end = at + lengthEnd + bytes.readInt32BE(at + 8)
    if (end > bytes.length) return
    yield readBatch(bytes.subarray(at, end), partition)
    at = end
  }
}

/** Kafka's clients may check the CRC; here TCP's and the disk's own checks are trusted. */
function readBatch(bytes: Buffer, partition: number): Batch {
  const reader = new WireReader(bytes)
  const firstOffset = reader.int64()
  reader.bytes(8)
  const format = reader.int8()
  if (format !== 2) {
    throw new AppError(
      'LOG_FOREIGN',
      `Offset ${firstOffset} of partition ${partition} has message format ${format}, from before Kafka 0.11. Copy the topic to a new one.`,
    )
  }
  reader.bytes(4)
  const attributes = reader.int16()
  const nextOffset = firstOffset + BigInt(reader.int32()) + 1n
  const [firstTimestamp, maxTimestamp, producerId] = [reader.int64(), reader.int64(), reader.int64()]
  reader.bytes(6)
  const recordCount = reader.int32()
  const body = reader.bytes(reader.remainingBytes) ?? Buffer.alloc(0)
  return { firstOffset, nextOffset, attributes, firstTimestamp, maxTimestamp, producerId, recordCount, body }
}

async function recordsOf(batch: Batch): Promise<LogRecord[]> {
  const codec = batch.attributes & attribute.codec
  const reader = new WireReader(codec === 0 ? batch.body : await decompress(codec, batch.body))
  const hasLogTime = (batch.attributes & attribute.logAppendTime) !== 0
  const records: LogRecord[] = []
  for (let i = 0; i < batch.recordCount; i += 1) {
    reader.varint()
    reader.int8()
    const timestampDelta = reader.varlong()
    const offset = batch.firstOffset + BigInt(reader.varint())
    const key = reader.bytes(reader.varint())
    const value = reader.bytes(reader.varint())
    const headerCount = reader.varint()
    const headers = headerCount === 0 ? noHeaders : readHeaders(reader, headerCount)
    const timestamp = hasLogTime ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta
    records.push({ offset, timestamp, key, headers, value })
  }
  return records
}

function readHeaders(reader: WireReader, count: number): Header[] {
  return Array.from({ length: count }, () => ({
    key: reader.text(reader.varint()),
    value: reader.bytes(reader.varint()) ?? new Uint8Array(0),
  }))
}
