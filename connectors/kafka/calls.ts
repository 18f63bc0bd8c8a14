import { WireReader, wire } from './bytes.ts'

/** A request of Kafka's protocol: its body, and the reader of its answer. */
export type KafkaCall<T> = {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
  /** A broker that does not answer within this time has stalled. */
  readonly answerMsMax: number
  readonly body: Buffer
  readonly decode: (answer: WireReader) => T
}

const shortMsMax = 5000
/** Answers are large, and networks slow. */
const fetchMsMax = 20_000

const isolation = { uncommitted: 0, committed: 1 } as const

/**
 * `end` is the end of committed records; `written` the end of all, those of open transactions included. `sinceMs` finds
 * the first record that is not older; its offset is -1 if there is none.
 */
export type OffsetPoint = 'first' | 'end' | 'written' | { readonly sinceMs: bigint }
const timestampOf = { first: -2n, end: -1n, written: -1n } as const

/** The error codes that we tell apart. */
export const kafkaError = { none: 0, offsetOutOfRange: 1, unknownTopic: 3, invalidTopic: 17 } as const

export type TopicPartition = { readonly partition: number; readonly leader: number; readonly error: number }
export type TopicMetadata = {
  readonly clusterId: string
  readonly error: number
  /** Kafka's id of the topic. A topic that was deleted and created again has another id. */
  readonly topicId: string
  readonly partitions: readonly TopicPartition[]
}

/** Metadata v12, the first version that always has topic ids: Kafka 3.1 and later. */
export function metadataCall(topic: string): KafkaCall<TopicMetadata> {
  const [noTags, anyId, no] = [wire.uvarint(0), Buffer.alloc(16), wire.int8(0)]
  const wanted = Buffer.concat([wire.uvarint(2), anyId, wire.compactString(topic), noTags])
  return {
    apiKey: 3,
    apiVersion: 12,
    apiName: 'Metadata',
    answerMsMax: shortMsMax,
    // From this version on the request's header ends with tags, as the body does; kafkajs writes older headers only.
    body: Buffer.concat([noTags, wanted, no, no, noTags]),
    decode: (answer) => {
      answer.skipTags()
      answer.int32()
      answer.compactArray(() => skipBroker(answer))
      const clusterId = answer.compactString()
      answer.int32()
      const [found] = answer.compactArray(() => readTopicMetadata(answer))
      return { clusterId, ...(found ?? { error: kafkaError.unknownTopic, topicId: '', partitions: [] }) }
    },
  }
}

function skipBroker(answer: WireReader): void {
  answer.int32()
  answer.compactString()
  answer.int32()
  answer.compactString()
  answer.skipTags()
}

function readTopicMetadata(answer: WireReader): Omit<TopicMetadata, 'clusterId'> {
  const error = answer.int16()
  answer.compactString()
  const topicId = answer.bytes(16)?.toString('base64url') ?? ''
  answer.int8()
  const partitions = answer.compactArray(() => {
    const partition = { error: answer.int16(), partition: answer.int32(), leader: answer.int32() }
    answer.int32()
    // Three lists of replicas: all, in sync, offline.
    for (let lists = 0; lists < 3; lists += 1) answer.compactArray(() => answer.int32())
    answer.skipTags()
    return partition
  })
  answer.int32()
  answer.skipTags()
  return { error, topicId, partitions: partitions.toSorted((a, b) => a.partition - b.partition) }
}

export type PartitionOffset = { readonly partition: number; readonly error: number; readonly offset: bigint }

export function listOffsetsCall(
  topic: string,
  partitions: readonly number[],
  point: OffsetPoint,
): KafkaCall<PartitionOffset[]> {
  const timestamp = typeof point === 'string' ? timestampOf[point] : point.sinceMs
  const wanted = partitions.map((partition) => Buffer.concat([wire.int32(partition), wire.int64(timestamp)]))
  const topics = wire.array([Buffer.concat([wire.string(topic), wire.array(wanted)])])
  return {
    apiKey: 2,
    apiVersion: 2,
    apiName: 'ListOffsets',
    answerMsMax: shortMsMax,
    body: Buffer.concat([
      wire.int32(-1),
      wire.int8(point === 'written' ? isolation.uncommitted : isolation.committed),
      topics,
    ]),
    decode: (answer) => {
      answer.int32()
      const perTopic = answer.array(() => {
        answer.string()
        return answer.array(() => {
          const [partition, error] = [answer.int32(), answer.int16()]
          answer.int64()
          return { partition, error, offset: answer.int64() }
        })
      })
      return perTopic.flat()
    },
  }
}

export type AbortedTransaction = { readonly producerId: bigint; readonly firstOffset: bigint }
export type FetchedPartition = {
  readonly partition: number
  readonly error: number
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches. The last one may be cut off. */
  readonly batches: Buffer
}

export type FetchWanted = {
  readonly positions: ReadonlyMap<number, bigint>
  readonly waitMsMax: number
  readonly bytesMax: number
  readonly partitionBytesMax: number
}

/**
 * Kafka answers as soon as it has a record, at the latest after `waitMsMax`. The first batch is whole, however long.
 */
export function fetchCall(topic: string, wanted: FetchWanted): KafkaCall<FetchedPartition[]> {
  const partitions = [...wanted.positions].map(([partition, offset]) =>
    Buffer.concat([
      wire.int32(partition),
      wire.int32(-1),
      wire.int64(offset),
      wire.int64(-1n),
      wire.int32(wanted.partitionBytesMax),
    ]),
  )
  const noSession = Buffer.concat([wire.int32(0), wire.int32(-1)])
  const body = Buffer.concat([
    wire.int32(-1),
    wire.int32(wanted.waitMsMax),
    wire.int32(1),
    wire.int32(wanted.bytesMax),
    wire.int8(isolation.committed),
    noSession,
    wire.array([Buffer.concat([wire.string(topic), wire.array(partitions)])]),
    wire.array([]),
    wire.string(''),
  ])
  return {
    apiKey: 1,
    apiVersion: 11,
    apiName: 'Fetch',
    answerMsMax: fetchMsMax,
    body,
    decode: (answer) => {
      answer.int32()
      const error = answer.int16()
      answer.int32()
      const perTopic = answer.array(() => {
        answer.string()
        return answer.array(() => readFetched(answer, error))
      })
      return perTopic.flat()
    },
  }
}

function readFetched(answer: WireReader, error: number): FetchedPartition {
  const partition = answer.int32()
  const partitionError = answer.int16()
  const [highWatermark, lastStableOffset] = [answer.int64(), answer.int64()]
  answer.int64()
  const aborted = answer.array(() => ({ producerId: answer.int64(), firstOffset: answer.int64() }))
  answer.int32()
  const batches = answer.bytes(answer.int32()) ?? Buffer.alloc(0)
  return {
    partition,
    error: error === kafkaError.none ? partitionError : error,
    highWatermark,
    lastStableOffset,
    aborted,
    batches,
  }
}
