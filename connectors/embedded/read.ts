import { AppError } from '../../schemas/errors.ts'
import type { LogRecord, LogSlice } from '../../schemas/ports/log.ts'
import { type EmbeddedDatabase, readTopic } from './append.ts'
import { type BlockName, blocksFrom, parseBlockKey } from './keys.ts'
import { decodeBlock } from './log-block.ts'

const sliceBytesMax = 8 * 1024 * 1024
const sliceRecordsMax = 10_000

/** The records from `position` on, up to a size that is read in a few milliseconds; null if there are none. */
export function readSlice(
  db: EmbeddedDatabase,
  topic: string,
  { partition, position }: { readonly partition: number; readonly position: bigint },
): LogSlice | null {
  db.resetReadTxn()
  const state = readTopic(db, topic)[partition]
  if (state === undefined || position > state.nextOffset) {
    throw new AppError(
      'LOG_RECREATED',
      `${topic}/${partition} of the embedded log ends at ${state?.nextOffset ?? 'nothing'}, before ${position}: it was deleted and made again. Restore it, or start with a new data folder.`,
    )
  }
  if (position === state.nextOffset) return null
  const firstOffset = position > state.firstOffset ? position : state.firstOffset
  const records: LogRecord[] = []
  let nextOffset = firstOffset
  let bytes = 0
  for (const { name, block } of blocksOf(db, topic, { partition, firstOffset })) {
    if (name.firstOffset > nextOffset) throw new Error(`${topic}/${partition} has no block for offset ${nextOffset}`)
    const decoded = decodeBlock(block, name.firstOffset, name.timestamp)
    const skipped = Number(nextOffset - name.firstOffset)
    for (let i = skipped; i < decoded.length; i += 1) {
      const record = decoded[i]
      if (record !== undefined) records.push(record)
    }
    nextOffset = name.nextOffset
    bytes += block.length
    if (records.length >= sliceRecordsMax || bytes >= sliceBytesMax) break
  }
  return { partition, firstOffset, nextOffset, records }
}

/** The blocks from the one that holds `firstOffset` on. Each buffer belongs to the caller. */
function* blocksOf(
  db: EmbeddedDatabase,
  topic: string,
  { partition, firstOffset }: { readonly partition: number; readonly firstOffset: bigint },
): Iterable<{ name: BlockName; block: Buffer }> {
  const partitionStart = blocksFrom(topic, partition, 0n)
  const [holder] = db.getKeys({
    start: blocksFrom(topic, partition, firstOffset + 1n),
    end: partitionStart,
    reverse: true,
    limit: 1,
  })
  for (const key of db.getKeys({ start: holder ?? partitionStart, end: blocksFrom(topic, partition + 1, 0n) })) {
    const block = db.get(key)
    if (block !== undefined) yield { name: parseBlockKey(key), block }
  }
}
