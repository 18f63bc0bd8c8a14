import type { LogRecord } from '../../../schemas/ports/log.ts'
import { isUtf8 } from 'node:buffer'

/**
 * Returns a record as JSON on one line. Bytes that are not text are base64, in a field of another name; a missing value
 * is null.
 */
export function recordJson(partition: number, { offset, timestamp, key, value }: LogRecord): string {
  return JSON.stringify({
    partition,
    offset: String(offset),
    timestamp: timeText(timestamp),
    ...bytesJson('key', key),
    ...bytesJson('value', value),
  })
}

/** A producer may have written any number as a timestamp. A number outside the calendar stays a number. */
function timeText(epochMs: bigint): string {
  const time = new Date(Number(epochMs))
  return Number.isNaN(time.getTime()) ? String(epochMs) : time.toISOString()
}

function bytesJson(name: string, bytes: Uint8Array | null): Readonly<Record<string, string | null>> {
  if (bytes === null) return { [name]: null }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(bytes) ? { [name]: buffer.toString() } : { [`${name}_base64`]: buffer.toString('base64') }
}
