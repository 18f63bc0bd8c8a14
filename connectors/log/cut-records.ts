import type { NewRecord } from '../../schemas/ports/log.ts'
import { recordBytes } from './limits.ts'

/** In order, in parts of at most `bytesMax`; a record that is longer makes a part of its own. */
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
