import type { AsOf, StatusEntry } from '../page/page.ts'
import type { PartitionFacts } from './partition-lines.ts'

/** Returns the positions of each partition from the answer's `as_of`, and the log's end from the last status. */
export function partitionsOf(asOf: AsOf, dataset: string, status: StatusEntry | null): readonly PartitionFacts[] {
  const { tidemark = {}, speed = {} } = asOf.datasets[dataset] ?? {}
  const ends = status?.log?.partitions ?? {}
  return [...new Set([...Object.keys(ends), ...Object.keys(speed), ...Object.keys(tidemark)])]
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => {
      const reached = Number(speed[name] ?? tidemark[name] ?? 0)
      return {
        name,
        tidemark: Number(tidemark[name] ?? 0),
        speed: reached,
        end: Math.max(reached, Number(ends[name]?.next ?? 0)),
      }
    })
}
