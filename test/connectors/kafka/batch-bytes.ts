import { wire } from '../../../connectors/kafka/bytes.ts'

export type BatchPlan = {
  readonly firstOffset: bigint
  /** Offsets from the first; the batch may reach further than its last record. */
  readonly records: readonly { readonly delta: number; readonly key?: string; readonly value: string | null }[]
  readonly lastDelta: number
  readonly attributes?: number
  readonly producerId?: bigint
  readonly format?: number
}

/** A record batch as Kafka keeps it. */
export function batchBytes({
  firstOffset,
  records,
  lastDelta,
  attributes = 0,
  producerId = -1n,
  format = 2,
}: BatchPlan): Buffer {
  const checked = Buffer.concat([
    wire.int16(attributes),
    wire.int32(lastDelta),
    wire.int64(1000n),
    wire.int64(2000n),
    wire.int64(producerId),
    wire.int16(0),
    wire.int32(0),
    wire.array(records.map(recordBytes)),
  ])
  const body = Buffer.concat([wire.int32(0), wire.int8(format), wire.int32(checksumOf(checked)), checked])
  return Buffer.concat([wire.int64(firstOffset), wire.int32(body.length), body])
}

function recordBytes({ delta, key, value }: BatchPlan['records'][number]): Buffer {
  const body = Buffer.concat([
    wire.int8(0),
    varint(delta),
    varint(delta),
    ...textBytes(key ?? null),
    ...textBytes(value),
    varint(0),
  ])
  return Buffer.concat([varint(body.length), body])
}

/** A text after its length, which is -1 if there is none. */
function textBytes(text: string | null): readonly Uint8Array[] {
  if (text === null) return [varint(-1)]
  const bytes = Buffer.from(text)
  return [varint(bytes.length), bytes]
}

/** CRC-32C bit by bit, as RFC 3720 has it: no library of ours. */
function checksumOf(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ ((sum & 1) === 0 ? 0 : 0x82f63b78)
  }
  return ~sum
}

function varint(value: number): Uint8Array {
  return wire.uvarint(value >= 0 ? value * 2 : -value * 2 - 1)
}
