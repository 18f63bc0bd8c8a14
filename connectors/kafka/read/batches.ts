import type { Header, LogRecord, LogSlice } from '../../../schemas/ports/log.ts'
import { WireReader } from '../bytes.ts'
import type { FetchedPartition } from '../calls.ts'
import { decompress } from './codecs.ts'
import { DoubtfulAnswer, wholeBatches } from './whole-batches.ts'
import type { Batch, Fetched } from './whole-batches.ts'

const sliceRecordsMax = 10_000
const noHeaders: readonly Header[] = Object.freeze([])
const attribute = { codec: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const

/**
 * The records of a fetched partition from `position` on, as contiguous slices. Transaction markers, aborted records and
 * batches that compaction has emptied leave no record, but slices cover their offsets: each batch says where it ends.
 * Yields everything before a doubtful batch, then throws DoubtfulAnswer.
 */
export async function* readSlices(answer: Fetched): AsyncGenerator<LogSlice> {
  const { fetched, position } = answer
  const { partition } = fetched
  const isAborted = abortedFilter(fetched)
  let firstOffset = position
  let nextOffset = position
  let records: LogRecord[] = []
  let doubt: DoubtfulAnswer | null = null
  for (const batch of wholeBatches(answer)) {
    if (batch instanceof DoubtfulAnswer) {
      doubt = batch
      break
    }
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
  if (doubt !== null) throw doubt
}

/**
 * Returns a test that is true for batches without records to deliver: markers, and aborted records. It must see the
 * batches in order.
 */
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
    records.push({ offset, timestamp, hasLogTime, key, headers, value })
  }
  return records
}

function readHeaders(reader: WireReader, count: number): Header[] {
  return Array.from({ length: count }, () => ({
    key: reader.text(reader.varint()),
    value: reader.bytes(reader.varint()) ?? new Uint8Array(0),
  }))
}
