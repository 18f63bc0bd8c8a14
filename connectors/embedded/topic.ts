import type { OffsetRange } from '../../schemas/ports/log.ts'

/** A partition's bounds, and its newest time of reception, which never goes back. */
export type PartitionState = OffsetRange & { readonly timestamp: bigint }

const stateBytes = 24

/** All partitions of a topic are one value, so that one read tells whether any has new records. */
export function encodeTopic(partitions: readonly PartitionState[]): Buffer {
  const bytes = Buffer.allocUnsafe(partitions.length * stateBytes)
  partitions.forEach(({ firstOffset, nextOffset, timestamp }, i) => {
    bytes.writeBigUInt64BE(firstOffset, i * stateBytes)
    bytes.writeBigUInt64BE(nextOffset, i * stateBytes + 8)
    bytes.writeBigUInt64BE(timestamp, i * stateBytes + 16)
  })
  return bytes
}

export function decodeTopic(bytes: Buffer): PartitionState[] {
  return Array.from({ length: bytes.length / stateBytes }, (_, i) => ({
    firstOffset: bytes.readBigUInt64BE(i * stateBytes),
    nextOffset: bytes.readBigUInt64BE(i * stateBytes + 8),
    timestamp: bytes.readBigUInt64BE(i * stateBytes + 16),
  }))
}
