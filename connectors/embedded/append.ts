import { createHash } from 'node:crypto'
import type { RootDatabase } from 'lmdb'
import { AppError } from '../../schemas/errors.ts'
import type { NewRecord, OffsetRange, SourcePosition } from '../../schemas/ports/log.ts'
import { cutRecords } from '../log/cut-records.ts'
import { blockKey, sourceKey, topicKey } from './keys.ts'
import { decodeTopic, encodeTopic } from './topic.ts'
import { encodeBlock } from './log-block.ts'

export type EmbeddedDatabase = RootDatabase<Buffer, Buffer>

/** Records of one partition, encoded before the write lock is taken. */
export type PreparedBlock = { readonly partition: number; readonly count: bigint; readonly bytes: Buffer }

const blockBytesMax = 512 * 1024

export function prepareBlocks(byPartition: ReadonlyMap<number, readonly NewRecord[]>): PreparedBlock[] {
  return [...byPartition].flatMap(([partition, records]) =>
    cutRecords(records, blockBytesMax).map((part) => ({
      partition,
      count: BigInt(part.length),
      bytes: encodeBlock(part),
    })),
  )
}

/**
 * Call it inside a write transaction. It refuses before it writes anything, because LMDB commits what a callback wrote
 * before it threw.
 */
export function writeBlocks(
  db: EmbeddedDatabase,
  topic: string,
  {
    blocks,
    now,
    source,
  }: { readonly blocks: readonly PreparedBlock[]; readonly now: bigint; readonly source: SourcePosition | undefined },
): ReadonlyMap<number, OffsetRange> {
  const partitions = readTopic(db, topic)
  if (source !== undefined) refuseIfMoved(db, topic, source)
  const ranges = new Map<number, OffsetRange>()
  for (const { partition, count, bytes } of blocks) {
    const state = partitions[partition]
    if (state === undefined) throw new Error(`${topic} has no partition ${partition}`)
    const timestamp = state.timestamp > now ? state.timestamp : now
    const [firstOffset, nextOffset] = [state.nextOffset, state.nextOffset + count]
    db.putSync(blockKey(topic, { partition, firstOffset, nextOffset, timestamp }), bytes)
    partitions[partition] = { firstOffset: state.firstOffset, nextOffset, timestamp }
    ranges.set(partition, { firstOffset: ranges.get(partition)?.firstOffset ?? firstOffset, nextOffset })
  }
  db.putSync(topicKey(topic), encodeTopic(partitions))
  if (source !== undefined) db.putSync(keyOfSource(topic, source.source), Buffer.from(source.position))
  return ranges
}

export function readTopic(db: EmbeddedDatabase, topic: string) {
  const bytes = db.get(topicKey(topic))
  if (bytes !== undefined) return decodeTopic(bytes)
  throw new AppError(
    'TOPIC_MISSING',
    `The embedded log has no topic ${topic}. \`tidemark start\` and \`tidemark ingest\` create it.`,
  )
}

export function readSourcePosition(db: EmbeddedDatabase, topic: string, source: string): string | null {
  return db.get(keyOfSource(topic, source))?.toString() ?? null
}

function refuseIfMoved(db: EmbeddedDatabase, topic: string, { source, previous }: SourcePosition): void {
  const committed = readSourcePosition(db, topic, source)
  if (committed === previous) return
  throw new AppError(
    'SOURCE_FAILED',
    `Another ingest of ${source} into ${topic} has moved on. Let only one run at a time.`,
    {
      details: { committed, previous },
    },
  )
}

function keyOfSource(topic: string, source: string): Buffer {
  return sourceKey(topic, createHash('sha256').update(source).digest('hex'))
}
