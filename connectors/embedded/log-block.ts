import { AppError } from '../../schemas/errors.ts'
import type { Header, LogRecord, NewRecord } from '../../schemas/ports/log.ts'

const formatVersion = 1
const headBytes = 8
const indexBytes = 16
const noKey = -1
const noHeaders: readonly Header[] = Object.freeze([])
const noBytes = new Uint8Array(0)

/**
 * A block holds records of one partition that were appended together. Little-endian: version u32, count u32; per record
 * key bytes i32 (-1: no key), header count u32, header bytes u32, value bytes u32; then, per record, its key, its headers
 * (each: key bytes u32, value bytes u32, key, value) and its value.
 */
export function encodeBlock(records: readonly NewRecord[]): Buffer {
  const parts = records.flatMap(({ key, headers, value }) => [
    key ?? noBytes,
    encodeHeaders(headers ?? noHeaders),
    value,
  ])
  const block = Buffer.allocUnsafe(
    headBytes + records.length * indexBytes + parts.reduce((sum, part) => sum + part.length, 0),
  )
  block.writeUInt32LE(formatVersion, 0)
  block.writeUInt32LE(records.length, 4)
  records.forEach(({ key, headers, value }, i) => {
    const at = headBytes + i * indexBytes
    block.writeInt32LE(key === null ? noKey : key.length, at)
    block.writeUInt32LE(headers?.length ?? 0, at + 4)
    block.writeUInt32LE(parts[3 * i + 1]?.length ?? 0, at + 8)
    block.writeUInt32LE(value.length, at + 12)
  })
  let dataAt = headBytes + records.length * indexBytes
  for (const part of parts) {
    block.set(part, dataAt)
    dataAt += part.length
  }
  return block
}

export type StoredRecord = LogRecord & { readonly value: Uint8Array }

/** The records' bytes are views into `block`; nothing is copied. */
export function decodeBlock(block: Buffer, firstOffset: bigint, timestamp: bigint): StoredRecord[] {
  if (block.length < headBytes || block.readUInt32LE(0) !== formatVersion) {
    throw new AppError(
      'LOG_FOREIGN',
      `The block at offset ${firstOffset} was written by another version of Tidemark. Use that version, or a new data folder.`,
    )
  }
  const count = block.readUInt32LE(4)
  const records: StoredRecord[] = []
  let dataAt = headBytes + count * indexBytes
  const take = (bytes: number) => block.subarray(dataAt, (dataAt += bytes))
  for (let i = 0; i < count; i += 1) {
    const at = headBytes + i * indexBytes
    const keyBytes = block.readInt32LE(at)
    const headerCount = block.readUInt32LE(at + 4)
    const key = keyBytes === noKey ? null : take(keyBytes)
    const headerBytes = take(block.readUInt32LE(at + 8))
    const headers = headerCount === 0 ? noHeaders : decodeHeaders(headerBytes)
    const value = take(block.readUInt32LE(at + 12))
    records.push({ offset: firstOffset + BigInt(i), timestamp, hasLogTime: true, key, headers, value })
  }
  return records
}

function encodeHeaders(headers: readonly Header[]): Uint8Array {
  if (headers.length === 0) return noBytes
  return Buffer.concat(
    headers.flatMap(({ key, value }) => {
      const keyBytes = Buffer.from(key)
      const lengths = Buffer.allocUnsafe(8)
      lengths.writeUInt32LE(keyBytes.length, 0)
      lengths.writeUInt32LE(value.length, 4)
      return [lengths, keyBytes, value]
    }),
  )
}

function decodeHeaders(bytes: Buffer): Header[] {
  const headers: Header[] = []
  for (let at = 0; at < bytes.length;) {
    const keyEnd = at + 8 + bytes.readUInt32LE(at)
    const valueEnd = keyEnd + bytes.readUInt32LE(at + 4)
    headers.push({ key: bytes.toString('utf8', at + 8, keyEnd), value: bytes.subarray(keyEnd, valueEnd) })
    at = valueEnd
  }
  return headers
}
