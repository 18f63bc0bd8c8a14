import type { Message, ProducerBatch, RecordMetadata } from 'kafkajs'
import type { NewRecord, OffsetRange } from '../../../schemas/ports/log.ts'
import { cutRecords } from '../../log/cut-records.ts'
import { recordBytes } from '../../log/limits.ts'

/** kafkajs makes one batch of all records of a partition that are sent together; Kafka takes 1 MiB by default. */
export const batchBytesMax = 1_000_000
const recordFramingBytes = 40

/** Records of one partition that fit one batch. */
export type Part = { readonly partition: number; readonly records: readonly NewRecord[]; readonly bytes: number }

export function cutIntoParts(byPartition: ReadonlyMap<number, readonly NewRecord[]>): Part[] {
  return [...byPartition].flatMap(([partition, records]) =>
    cutRecords(records, batchBytesMax * 0.9).map((part) => ({
      partition,
      records: part,
      bytes: part.reduce((sum, record) => sum + recordBytes(record) + recordFramingBytes, 0),
    })),
  )
}

export function toBatch(topic: string, parts: readonly Part[]): ProducerBatch {
  const messages = parts.flatMap(({ partition, records }) => records.map((record) => toMessage(record, partition)))
  return { acks: -1, topicMessages: [{ topic, messages }] }
}

/** The offset of the first record of each partition. */
export function firstOffsets(topic: string, sent: readonly RecordMetadata[]): Map<number, bigint> {
  return new Map(
    sent
      .filter(({ topicName }) => topicName === topic)
      .map(({ partition, baseOffset }) => {
        if (baseOffset === undefined) throw new Error(`Kafka did not say where it put records of ${topic}/${partition}`)
        return [partition, BigInt(baseOffset)]
      }),
  )
}

/** Per partition, the range from its first record to the end of its last. */
export function joinRanges(ranges: readonly (readonly [number, OffsetRange])[]): Map<number, OffsetRange> {
  const joined = new Map<number, OffsetRange>()
  for (const [partition, { firstOffset, nextOffset }] of ranges) {
    joined.set(partition, { firstOffset: joined.get(partition)?.firstOffset ?? firstOffset, nextOffset })
  }
  return joined
}

function toMessage({ key, headers, value }: NewRecord, partition: number): Message {
  const message = { key: key === null ? null : toBuffer(key), value: toBuffer(value), partition }
  if (headers === undefined || headers.length === 0) return message
  const byKey = new Map<string, Buffer[]>()
  for (const { key: name, value: held } of headers) byKey.set(name, [...(byKey.get(name) ?? []), toBuffer(held)])
  return { ...message, headers: Object.fromEntries(byKey) }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
