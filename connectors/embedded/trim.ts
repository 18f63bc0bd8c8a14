import { type EmbeddedDatabase, readTopic } from './append.ts'
import { type BlockName, blockKey, blocksFrom, parseBlockKey, topicKey } from './keys.ts'
import { encodeTopic } from './topic.ts'
import { type GuardedDatabase, write } from './write.ts'
import { decodeBlock, encodeBlock } from './log-block.ts'

const blocksPerTransactionMax = 1000

type Limit = { readonly partition: number; readonly before: bigint; readonly receivedUntil: bigint }

/** Deletes in steps, so that an append never waits long for the write lock. */
export async function trimPartition(guarded: GuardedDatabase, topic: string, limit: Limit): Promise<void> {
  let hasMore = true
  while (hasMore) hasMore = await write(guarded, 0, () => trimStep(guarded.db, topic, limit))
}

function trimStep(db: EmbeddedDatabase, topic: string, { partition, before, receivedUntil }: Limit): boolean {
  const partitions = readTopic(db, topic)
  const state = partitions[partition]
  if (state === undefined) return false
  const range = { start: blocksFrom(topic, partition, 0n), end: blocksFrom(topic, partition, before) }
  const keys = [...db.getKeys({ ...range, limit: blocksPerTransactionMax })]
  let firstOffset = state.firstOffset
  for (const key of keys) {
    const name = parseBlockKey(key)
    if (name.timestamp > receivedUntil) break
    if (name.nextOffset > before) keepTail(db, topic, { key, name, firstOffset: before })
    db.removeSync(key)
    firstOffset = name.nextOffset < before ? name.nextOffset : before
  }
  partitions[partition] = { ...state, firstOffset }
  db.putSync(topicKey(topic), encodeTopic(partitions))
  return keys.length === blocksPerTransactionMax && firstOffset > state.firstOffset
}

/** A block that reaches beyond the limit is written again without the records below it. */
function keepTail(
  db: EmbeddedDatabase,
  topic: string,
  { key, name, firstOffset }: { readonly key: Buffer; readonly name: BlockName; readonly firstOffset: bigint },
): void {
  const block = db.get(key)
  if (block === undefined) return
  const records = decodeBlock(block, name.firstOffset, name.timestamp)
  db.putSync(
    blockKey(topic, { ...name, firstOffset }),
    encodeBlock(records.slice(Number(firstOffset - name.firstOffset))),
  )
}
