import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { AppError } from '../schemas/errors.ts'
import { hasReached } from '../schemas/tidemark.ts'
import type { KafkaAddress } from './kafka-client.ts'
import { followKafka } from './kafka-follow.ts'
import { readOffsets, type TopicOf } from './kafka-offsets.ts'
import type { KafkaReads } from './kafka-reads.ts'

/** The compacted topic that holds, by `topic/source`, where each source stands. */
export const sourcesTopic = 'tidemark.sources'

const SourceRecord = z.object({ position: z.string() })

export function sourceRecord(topic: string, source: string, position: string): { key: Buffer; value: Buffer } {
  return {
    key: keyOf(topic, source),
    value: Buffer.from(JSON.stringify({ position } satisfies z.infer<typeof SourceRecord>)),
  }
}

const pollMs = 20
/** Beyond the time after which Kafka aborts a transaction whose producer died. */
const openMsMax = 60_000

/**
 * The newest position of one source. Positions behind a transaction that is still open would not be seen, so it is waited
 * for its end.
 */
export async function readSourcePosition(
  { address, of, reads }: { readonly address: KafkaAddress; readonly of: TopicOf; readonly reads: KafkaReads },
  { topic, source }: { readonly topic: string; readonly source: string },
): Promise<string | null> {
  const written = await reads.ask(of, (client) => readOffsets(client, of, 'written'))
  await untilCommitted(written, { of, reads })
  const from = await reads.ask(of, (client) => readOffsets(client, of, 'first'))
  const key = keyOf(topic, source)
  const stop = new AbortController()
  const positions = new Map(from)
  let position: string | null = null
  if (hasReached(positions, written)) return position
  for await (const slice of followKafka({ address, of, from, signal: stop.signal, onRetry: () => {} })) {
    for (const record of slice.records) {
      if (record.key !== null && key.equals(record.key)) position = parsePosition(record.value)
    }
    positions.set(slice.partition, slice.nextOffset)
    if (hasReached(positions, written)) break
  }
  return position
}

async function untilCommitted(
  written: ReadonlyMap<number, bigint>,
  { of, reads }: { readonly of: TopicOf; readonly reads: KafkaReads },
): Promise<void> {
  for (let waitedMs = 0; waitedMs < openMsMax; waitedMs += pollMs) {
    const ends = await reads.ask(of, (client) => readOffsets(client, of, 'end'))
    if (hasReached(ends, written)) return
    await setTimeout(pollMs)
  }
  throw new AppError(
    'LOG_UNREACHABLE',
    `A transaction on ${of.topic} of ${of.description} has been open for a minute. Is a producer stuck?`,
  )
}

function parsePosition(value: Uint8Array | null): string | null {
  return value === null ? null : SourceRecord.parse(JSON.parse(Buffer.from(value).toString())).position
}

function keyOf(topic: string, source: string): Buffer {
  return Buffer.from(`${topic}/${source}`)
}
