import { z } from 'zod'
import { AppError } from '../../../schemas/errors.ts'
import { hasReached } from '../../../schemas/formats/tidemark.ts'
import type { KafkaAddress } from '../client.ts'
import { followKafka } from '../read/follow.ts'
import { readOffsets, type TopicOf } from '../read/offsets.ts'
import type { KafkaReads } from '../read/reads.ts'

/** The compacted topic of all sources' positions, by `topic/source`. */
export const sourcesTopic = 'tidemark.sources'

const SourceRecord = z.object({ position: z.string() })

export function sourceRecord(topic: string, source: string, position: string): { key: Buffer; value: Buffer } {
  return {
    key: keyOf(topic, source),
    value: Buffer.from(JSON.stringify({ position } satisfies z.infer<typeof SourceRecord>)),
  }
}

/** Longer than Kafka keeps the transaction of a dead producer open. */
const openMsMax = 60_000

/**
 * The newest position of one source. It reads to the end of all records, not only of committed ones. There may be a
 * newer position behind an open transaction, so it waits for the end of that.
 */
export async function readSourcePosition(
  { address, of, reads }: { readonly address: KafkaAddress; readonly of: TopicOf; readonly reads: KafkaReads },
  { topic, source }: { readonly topic: string; readonly source: string },
): Promise<string | null> {
  const written = await reads.ask(of, (client) => readOffsets(client, of, 'written'))
  const positions = await reads.ask(of, (client) => readOffsets(client, of, 'first'))
  const key = keyOf(topic, source)
  const signal = AbortSignal.timeout(openMsMax)
  let position: string | null = null
  if (hasReached(positions, written)) return position
  for await (const slice of followKafka({ address, of, from: new Map(positions), signal, onRetry: () => {} })) {
    for (const record of slice.records) {
      if (record.key !== null && key.equals(record.key)) position = parsePosition(record.value)
    }
    positions.set(slice.partition, slice.nextOffset)
    if (hasReached(positions, written)) return position
  }
  throw new AppError(
    'LOG_UNREACHABLE',
    `${of.topic} of ${of.description} was not read to its end within a minute. Is a transaction of another producer open?`,
  )
}

function parsePosition(value: Uint8Array | null): string | null {
  return value === null ? null : SourceRecord.parse(JSON.parse(Buffer.from(value).toString())).position
}

function keyOf(topic: string, source: string): Buffer {
  return Buffer.from(`${topic}/${source}`)
}
