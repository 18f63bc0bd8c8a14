import { wire } from './bytes.ts'
import { kafkaError } from './calls.ts'
import type { KafkaCall } from './calls.ts'

const answerMsMax = 5000
const topicResource = 2

/** A topic's configuration by name; null if Kafka does not let us read it. DescribeConfigs v1. */
export function describeTopicCall(
  topic: string,
  names: readonly string[],
): KafkaCall<ReadonlyMap<string, string> | null> {
  const wanted = Buffer.concat([
    wire.int8(topicResource),
    wire.string(topic),
    wire.array(names.map((name) => wire.string(name))),
  ])
  return {
    apiKey: 32,
    apiVersion: 1,
    apiName: 'DescribeConfigs',
    answerMsMax,
    body: Buffer.concat([wire.array([wanted]), wire.int8(0)]),
    decode: (answer) => {
      answer.int32()
      const [found] = answer.array(() => {
        const error = answer.int16()
        answer.string()
        answer.int8()
        answer.string()
        const configs = answer.array(() => {
          const [name, value] = [answer.string(), answer.string()]
          // Three bytes: whether it is read-only, its source, whether it is secret. Then its synonyms, which we did not
          // ask for.
          answer.bytes(3)
          answer.int32()
          return [name, value] as const
        })
        return error === kafkaError.none ? new Map(configs) : null
      })
      return found ?? null
    },
  }
}

/**
 * Bytes of partitions on the disks of the broker that is asked; empty if Kafka does not let us read them.
 * DescribeLogDirs v1.
 */
export function partitionBytesCall(
  topic: string,
  partitions: readonly number[],
): KafkaCall<readonly { readonly partition: number; readonly bytes: bigint }[]> {
  const wanted = Buffer.concat([wire.string(topic), wire.array(partitions.map((partition) => wire.int32(partition)))])
  return {
    apiKey: 35,
    apiVersion: 1,
    apiName: 'DescribeLogDirs',
    answerMsMax,
    body: wire.array([wanted]),
    decode: (answer) => {
      answer.int32()
      const folders = answer.array(() => {
        answer.int16()
        answer.string()
        return answer.array(() => {
          answer.string()
          return answer.array(() => {
            const [partition, bytes] = [answer.int32(), answer.int64()]
            answer.int64()
            const isMoving = answer.int8() !== 0
            return isMoving ? [] : [{ partition, bytes }]
          })
        })
      })
      return folders.flat(3)
    },
  }
}
