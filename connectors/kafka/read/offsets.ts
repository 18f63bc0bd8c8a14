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
 * The log's end is the end of what is committed: what a transaction has appended that is still open is not there yet, for
 * a follower would not reach it.
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

/** What lies below a first offset counts as deleted, for good, and the answer has no checksum: two in a row must agree. */
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
