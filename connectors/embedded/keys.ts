/**
 * The name of a block in the log's only LMDB database. Keys of a topic's blocks sort by partition and first offset.
 * They hold all that trimming needs, so it reads no block.
 */
export type BlockName = {
  readonly partition: number
  readonly firstOffset: bigint
  readonly nextOffset: bigint
  readonly timestamp: bigint
}

const kind = { identity: 'i', topic: 't', source: 's', block: 'b' } as const
const blockNameBytes = 28

export const identityKey = Buffer.from(kind.identity)

export function topicKey(topic: string): Buffer {
  return Buffer.from(`${kind.topic}${topic}`)
}

/** A hash, since a source's name may be longer than a key of LMDB. */
export function sourceKey(topic: string, sourceHash: string): Buffer {
  return Buffer.from(`${kind.source}${topic}\0${sourceHash}`)
}

export function blockKey(topic: string, name: BlockName): Buffer {
  const prefix = Buffer.from(`${kind.block}${topic}\0`)
  const key = Buffer.allocUnsafe(prefix.length + blockNameBytes)
  prefix.copy(key)
  key.writeUInt32BE(name.partition, prefix.length)
  key.writeBigUInt64BE(name.firstOffset, prefix.length + 4)
  key.writeBigUInt64BE(name.nextOffset, prefix.length + 12)
  key.writeBigUInt64BE(name.timestamp, prefix.length + 20)
  return key
}

export function parseBlockKey(key: Buffer): BlockName {
  const at = key.length - blockNameBytes
  return {
    partition: key.readUInt32BE(at),
    firstOffset: key.readBigUInt64BE(at + 4),
    nextOffset: key.readBigUInt64BE(at + 12),
    timestamp: key.readBigUInt64BE(at + 20),
  }
}

/** A key before all blocks of the partition that start at `offset` or later, and after all that start earlier. */
export function blocksFrom(topic: string, partition: number, offset: bigint): Buffer {
  return blockKey(topic, { partition, firstOffset: offset, nextOffset: 0n, timestamp: 0n })
}
