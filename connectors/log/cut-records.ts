import type { NewRecord } from '../../schemas/ports/log.ts'
import { recordBytes } from './limits.ts'

/** Cuts records, in order, into parts of at most `bytesMax`. A longer record is a part of its own. */
export function cutRecords(records: readonly NewRecord[], bytesMax: number): NewRecord[][] {
  const parts: NewRecord[][] = []
  let partBytes = Infinity
  for (const record of records) {
    const bytes = recordBytes(record)
    if (partBytes + bytes > bytesMax) {
      parts.push([])
      partBytes = 0
    }
    parts.at(-1)?.push(record)
    partBytes += bytes
  }
  return parts
}
