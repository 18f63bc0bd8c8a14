import type { OffsetRange } from '../../../schemas/ports/log.ts'
import { listOffsetsCall, metadataCall, type OffsetPoint, type TopicMetadata } from '../calls.ts'
import type { KafkaClient } from '../client.ts'
import { throwCode } from '../errors.ts'

export type TopicOf = { readonly description: string; readonly topic: string }

export async function readMetadata(client: KafkaClient, of: TopicOf): Promise<TopicMetadata> {
  const metadata = await client.call(metadataCall(of.topic))
  throwCode(metadata.error, of)
  return metadata
}

/**
 * The bounds of each partition. The log ends at the end of committed records: a follower does not get records of an
 * open transaction yet.
 */
export async function readBounds(client: KafkaClient, of: TopicOf): Promise<Map<number, OffsetRange>> {
  const [firsts, nexts] = [await readFirsts(client, of), await readOffsets(client, of, 'end')]
  return new Map(
    [...firsts].map(([partition, firstOffset]) => [
      partition,
      { firstOffset, nextOffset: nexts.get(partition) ?? firstOffset },
    ]),
  )
}

/**
 * Records below a first offset count as deleted for good, and Kafka's answer has no checksum. So two answers in a row
 * must agree.
 */
async function readFirsts(client: KafkaClient, of: TopicOf): Promise<Map<number, bigint>> {
  let before = await readOffsets(client, of, 'first')
  for (;;) {
    const firsts = await readOffsets(client, of, 'first')
    if ([...firsts].every(([partition, offset]) => before.get(partition) === offset)) return firsts
    before = firsts
  }
}

export function partitionsByLeader({ partitions }: TopicMetadata): Map<number, number[]> {
  const byLeader = new Map<number, number[]>()
  for (const { partition, leader } of partitions) {
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition])
  }
  return byLeader
}

export async function readOffsets(client: KafkaClient, of: TopicOf, point: OffsetPoint): Promise<Map<number, bigint>> {
  const metadata = await readMetadata(client, of)
  await client.learnBrokers(of.topic)
  const answers = await Promise.all(
    [...partitionsByLeader(metadata)].map(([leader, partitions]) =>
      client.call(listOffsetsCall(of.topic, partitions, point), leader),
    ),
  )
  const offsets = answers.flat()
  for (const { error } of offsets) throwCode(error, of)
  return new Map(
    offsets.toSorted((a, b) => a.partition - b.partition).map(({ partition, offset }) => [partition, offset]),
  )
}
