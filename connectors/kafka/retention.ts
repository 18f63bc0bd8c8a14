import type { TopicSettings } from '../../schemas/ports/log.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { listOffsetsCall } from './calls.ts'
import type { KafkaClient } from './client.ts'
import { throwCode } from './errors.ts'
import { partitionsByLeader, readBounds, readMetadata } from './read/offsets.ts'
import type { TopicOf } from './read/offsets.ts'
import { describeTopicCall, partitionBytesCall } from './topic-calls.ts'

const names = ['message.timestamp.type', 'cleanup.policy', 'retention.ms', 'retention.bytes'] as const

export async function readTopicSettings(client: KafkaClient, of: TopicOf): Promise<TopicSettings | null> {
  // This throws if the topic does not exist, which the next answer would not say.
  await readMetadata(client, of)
  const configs = await client.call(describeTopicCall(of.topic, names))
  if (configs === null) return null
  const isDeleting = (configs.get('cleanup.policy') ?? 'delete').split(',').includes('delete')
  const limit = (name: (typeof names)[number]): number | null => {
    const value = Number(configs.get(name) ?? -1)
    return isDeleting && value >= 0 ? value : null
  }
  return {
    stampedBy: configs.get('message.timestamp.type') === 'LogAppendTime' ? 'log' : 'producer',
    retentionMs: limit('retention.ms'),
    retentionBytes: limit('retention.bytes'),
  }
}

/** Per partition, the first offset of the newer half of what the retention keeps. */
export async function readAging(
  client: KafkaClient,
  of: TopicOf,
  { settings, nowMs }: { readonly settings: TopicSettings; readonly nowMs: number },
): Promise<Positions> {
  const { retentionMs, retentionBytes } = settings
  if (retentionMs === null && retentionBytes === null) return new Map()
  const bounds = await readBounds(client, of)
  const leaders = [...partitionsByLeader(await readMetadata(client, of))]
  const youngest =
    retentionMs === null ? [] : await offsetsSince(client, of, { leaders, sinceMs: nowMs - retentionMs / 2 })
  const sizes = retentionBytes === null ? [] : await bytesOf(client, of, leaders)
  return new Map(
    [...bounds].map(([partition, { firstOffset, nextOffset }]) => {
      const since = youngest.find((found) => found.partition === partition)?.offset ?? firstOffset
      // Without a record that is young enough, all are in the older half.
      const byTime = since < 0n ? nextOffset : since
      const bytes = sizes.find((size) => size.partition === partition)?.bytes ?? 0n
      const surplus = retentionBytes === null ? 0n : bytes - BigInt(retentionBytes) / 2n
      const bySize = surplus <= 0n ? firstOffset : firstOffset + ((nextOffset - firstOffset) * surplus) / bytes
      return [partition, byTime > bySize ? byTime : bySize]
    }),
  )
}

type Leaders = readonly (readonly [number, readonly number[]])[]

async function offsetsSince(
  client: KafkaClient,
  of: TopicOf,
  { leaders, sinceMs }: { readonly leaders: Leaders; readonly sinceMs: number },
) {
  const point = { sinceMs: BigInt(Math.max(0, Math.floor(sinceMs))) }
  const answers = await Promise.all(
    leaders.map(([leader, partitions]) => client.call(listOffsetsCall(of.topic, partitions, point), leader)),
  )
  for (const { error } of answers.flat()) throwCode(error, of)
  return answers.flat()
}

async function bytesOf(client: KafkaClient, { topic }: TopicOf, leaders: Leaders) {
  const answers = await Promise.all(
    leaders.map(([leader, partitions]) => client.call(partitionBytesCall(topic, partitions), leader)),
  )
  return answers.flat()
}
