import type { NewRecord } from '../../schemas/ports/log.ts'
import { partitionOfKey } from './partition-of-key.ts'

/**
 * Gives each record a partition: by its key, or evenly over all partitions if it has none. Order within a partition is
 * kept.
 */
export function createSpreader(): (
  records: readonly NewRecord[],
  partitionCount: number,
) => ReadonlyMap<number, readonly NewRecord[]> {
  let turn = Math.floor(Math.random() * 0x10000)
  return (records, partitionCount) => {
    if (partitionCount === 1 && records.length > 0) return new Map([[0, records]])
    const byPartition = new Map<number, NewRecord[]>()
    for (const record of records) {
      const partition = record.key === null ? turn++ % partitionCount : partitionOfKey(record.key, partitionCount)
      const chosen = byPartition.get(partition)
      if (chosen === undefined) byPartition.set(partition, [record])
      else chosen.push(record)
    }
    return byPartition
  }
}
