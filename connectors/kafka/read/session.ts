import { setTimeout } from 'node:timers/promises'
import { AppError } from '../../../schemas/errors.ts'
import type { LogSlice } from '../../../schemas/ports/log.ts'
import { type Positions, positionOf } from '../../../schemas/formats/tidemark.ts'
import { Rendezvous } from './rendezvous.ts'
import { readSlices } from './batches.ts'
import { DoubtfulAnswer, gapsOf } from './whole-batches.ts'
import type { Gaps } from './whole-batches.ts'
import { fetchCall, kafkaError, type FetchedPartition, type TopicMetadata } from '../calls.ts'
import type { KafkaClient } from '../client.ts'
import { throwCode } from '../errors.ts'
import { partitionsByLeader, readBounds, readMetadata, type TopicOf } from './offsets.ts'

const fetchWaitMsMax = 300
const fetchBytesMax = 8 * 1024 * 1024
const partitionBytesMax = 4 * 1024 * 1024
/** New partitions are noticed within this time. */
const metadataAgeMsMax = 5000

type Session = { readonly client: KafkaClient; readonly of: TopicOf; readonly rendezvous: Rendezvous<LogSlice> }

/**
 * Follows with one client, and ends when the topic gets other partitions or leaders; the next session goes on. One loop
 * per leader fetches while its last slices are being delivered. Throws the error of any loop.
 */
export async function* followSession(
  client: KafkaClient,
  of: TopicOf,
  {
    positions,
    metadata,
    signal,
  }: { readonly positions: Positions; readonly metadata: TopicMetadata; readonly signal: AbortSignal },
): AsyncGenerator<LogSlice> {
  await client.learnBrokers(of.topic)
  const start = await startPositions(client, of, positions)
  const rendezvous = new Rendezvous<LogSlice>()
  const session = { client, of, rendezvous }
  const loops = [...partitionsByLeader(metadata)].map(([leader, partitions]) =>
    fetchLoop(session, leader, new Map(partitions.map((partition) => [partition, positionOf(start, partition)]))),
  )
  for (const loop of [...loops, watchMetadata(session, metadata)]) {
    loop.catch((error: unknown) => rendezvous.close({ error }))
  }
  const stop = () => rendezvous.close()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    yield* rendezvous.items()
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

async function fetchLoop(
  { client, of, rendezvous }: Session,
  leader: number,
  positions: Map<number, bigint>,
): Promise<void> {
  const limits = { waitMsMax: fetchWaitMsMax, bytesMax: fetchBytesMax, partitionBytesMax }
  const doubts = new Map<number, Doubt>()
  while (!rendezvous.closed.aborted) {
    const answer = await client.call(fetchCall(of.topic, { positions, ...limits }), leader)
    requireAsked(answer, positions)
    for (const fetched of answer) {
      // The next session begins with the bounds, and finds what was deleted.
      if (fetched.error === kafkaError.offsetOutOfRange) return rendezvous.close()
      throwCode(fetched.error, of)
      const position = positionOf(positions, fetched.partition)
      const doubt = doubts.get(fetched.partition)
      doubts.delete(fetched.partition)
      try {
        for await (const slice of readSlices({ of, fetched, position, knownGaps: doubt?.gaps ?? new Map() })) {
          if (!(await rendezvous.put(slice))) return
          // The partition goes to the end of the next request, because Kafka fills an answer in the order of the
          // request.
          positions.delete(slice.partition)
          positions.set(slice.partition, slice.nextOffset)
        }
      } catch (error) {
        if (!(error instanceof DoubtfulAnswer)) throw error
        // The slices before the doubt are certain. The rest is fetched again.
        if (error.failure !== null && doubt?.position === error.position) throw error.failure
        doubts.set(fetched.partition, { position: error.position, gaps: gapsOf(fetched, position) })
      }
    }
  }
}

/** Requires one answer for each partition. Under a wrong number, records would count as those of another partition. */
function requireAsked(answer: readonly FetchedPartition[], asked: Positions): void {
  const answered = new Set(answer.map(({ partition }) => partition))
  if (answered.size === answer.length && [...answered].every((partition) => asked.has(partition))) return
  throw new Error(`asked for partitions ${[...asked.keys()].join(', ')}, it answered for others`)
}

/** What was doubtful in the last answer for a partition. */
type Doubt = { readonly position: bigint; readonly gaps: Gaps }

async function watchMetadata({ client, of, rendezvous }: Session, metadata: TopicMetadata): Promise<void> {
  while (!rendezvous.closed.aborted) {
    await setTimeout(metadataAgeMsMax, undefined, { signal: rendezvous.closed })
    const newest = await readMetadata(client, of)
    if (JSON.stringify(newest) !== JSON.stringify(metadata)) rendezvous.close()
  }
}

/** The positions to fetch from. If the log has deleted records there, its first offset. */
async function startPositions(client: KafkaClient, of: TopicOf, positions: Positions): Promise<Positions> {
  const bounds = await readBounds(client, of)
  return new Map(
    [...bounds].map(([partition, { firstOffset, nextOffset }]) => {
      const position = positionOf(positions, partition)
      if (position > nextOffset) throw endsBefore(of, { partition, position, nextOffset })
      return [partition, position > firstOffset ? position : firstOffset]
    }),
  )
}

function endsBefore(
  { description, topic }: TopicOf,
  at: { partition: number; position: bigint; nextOffset: bigint },
): AppError {
  return new AppError(
    'LOG_RECREATED',
    `${topic}/${at.partition} of ${description} ends at ${at.nextOffset}, before ${at.position}: the topic was deleted and made again, or lost its end. Restore it, or start with a new topic and an empty store.`,
    { details: { ...at } },
  )
}
