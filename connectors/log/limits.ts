import { AppError } from '../../schemas/errors.ts'
import type { NewRecord } from '../../schemas/ports/log.ts'

/** Kafka's default limit without its framing. The embedded log has the same limit, so that events fit both. */
export const recordBytesMax = 1_040_000

/** Kafka's rule for names, which also makes them safe in keys and paths. */
const topicName = /^[a-zA-Z0-9._-]{1,249}$/

export function requireTopicName(topic: string): void {
  if (topicName.test(topic)) return
  throw new AppError(
    'CONFIG_INVALID',
    `"${topic}" cannot name a topic: use letters, digits, dots, dashes and underscores.`,
  )
}

export function refuseLongRecords(records: readonly NewRecord[]): void {
  for (const [index, record] of records.entries()) {
    const bytes = recordBytes(record)
    if (bytes <= recordBytesMax) continue
    throw new AppError('EVENT_TOO_LARGE', `Record ${index} has ${bytes} bytes; the log takes ${recordBytesMax}.`, {
      details: { index, bytes },
    })
  }
}

export function recordBytes({ key, headers, value }: NewRecord): number {
  const headerBytes = (headers ?? []).reduce((sum, header) => sum + header.key.length + header.value.length, 0)
  return (key?.length ?? 0) + headerBytes + value.length
}
