import type { LogRecord } from '../../../schemas/ports/log.ts'
import { isUtf8 } from 'node:buffer'

/** One line. Bytes that are no text are base64 under another name; what is missing is null. */
export function recordJson(partition: number, { offset, timestamp, key, value }: LogRecord): string {
  return JSON.stringify({
    partition,
    offset: String(offset),
    timestamp: timeText(timestamp),
    ...bytesJson('key', key),
    ...bytesJson('value', value),
  })
}

/** A producer may have written any number: what is no time of a calendar stays one. */
function timeText(epochMs: bigint): string {
  const time = new Date(Number(epochMs))
  return Number.isNaN(time.getTime()) ? String(epochMs) : time.toISOString()
}

function bytesJson(name: string, bytes: Uint8Array | null): Readonly<Record<string, string | null>> {
  if (bytes === null) return { [name]: null }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(bytes) ? { [name]: buffer.toString() } : { [`${name}_base64`]: buffer.toString('base64') }
}
