import { offsetCount, unite } from '../../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../../schemas/formats/offset-ranges.ts'
import type { ArchivedPartition } from '../../schemas/formats/archived-chain.ts'
import type { Observed } from './observed.ts'
import type { ReplicaStatus } from '../replica/reader.ts'

/**
 * Returns notes for people, by the dataset or part that each is about: offsets that the log may soon delete before they
 * are archived, and offsets that it has deleted. Nothing has to wait because of a note. Empty if all is well.
 */
export function notesOf(datasets: readonly ReplicaStatus[], observed: Observed): Readonly<Record<string, string>> {
  return Object.fromEntries(
    datasets.flatMap((status) => {
      const { dataset, topic } = status
      const endangered = [...(observed.archive(dataset)?.value ?? [])].flatMap(([partition, archived]) =>
        archived.endangered === 0n ? [] : [endangeredText(`${topic}/${partition}`, archived)],
      )
      const lost = [...lostOf(status, observed)].map(
        ([partition, ranges]) =>
          `${topic}/${partition}: ${offsetCount(ranges)} offsets are lost, the log deleted them before they were archived (${ranges.map(({ firstOffset, nextOffset }) => `${firstOffset} to ${nextOffset}`).join(', ')})`,
      )
      return [
        ...(endangered.length === 0 ? [] : [[`archive of ${dataset}`, endangered.join('; ')]]),
        ...(lost.length === 0 ? [] : [[`losses of ${dataset}`, lost.join('; ')]]),
      ]
    }),
  )
}

/** Names, for people, the offsets that are not archived and may soon be deleted. */
export function endangeredText(
  partition: string,
  { archived, endangered }: Pick<ArchivedPartition, 'archived' | 'endangered'>,
): string {
  return `${partition}: ${endangered} offsets from ${archived} on are not archived, and the log's retention is half used up: see whether the archive runs; what the log deletes before it is archived is lost`
}

/**
 * Returns the offsets that the answers lack and those that the archive has recorded as lost. A replica may still show
 * some of the latter.
 */
export function lostOf({ dataset, topic, lost = {} }: ReplicaStatus, observed: Observed): PartitionRanges {
  const lacked = Object.entries(lost).map(([name, ranges]): PartitionRanges => {
    const partition = Number(name.slice(topic.length + 1))
    return new Map([
      [partition, ranges.map(([first, next]) => ({ firstOffset: BigInt(first), nextOffset: BigInt(next) }))],
    ])
  })
  const recorded = [...(observed.archive(dataset)?.value ?? [])].map(
    ([partition, { losses }]): PartitionRanges => new Map([[partition, losses]]),
  )
  return unite(...lacked, ...recorded)
}
