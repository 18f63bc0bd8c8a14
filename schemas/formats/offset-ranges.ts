import type { OffsetRange } from '../ports/log.ts'
import { positionOf } from './tidemark.ts'
import type { Positions } from './tidemark.ts'

/**
 * Ranges of offsets per partition of one topic: ascending, with room between them; a partition without ranges is left
 * out.
 */
export type PartitionRanges = ReadonlyMap<number, readonly OffsetRange[]>

export const noRanges: PartitionRanges = new Map()

/** Per partition, the end of its range. */
export function endsOf(ranges: ReadonlyMap<number, Pick<OffsetRange, 'nextOffset'>>): Positions {
  return new Map([...ranges].map(([partition, { nextOffset }]) => [partition, nextOffset]))
}

/** `[["3","5"]]`: half-open ranges, offsets as strings of digits. */
export function rangesJson(ranges: readonly OffsetRange[]): readonly (readonly [string, string])[] {
  return ranges.map(({ firstOffset, nextOffset }) => [String(firstOffset), String(nextOffset)])
}

/** `{"rsvp/0": [["3","5"]]}`. */
export function partitionRangesJson(
  topic: string,
  ranges: PartitionRanges,
): Record<string, readonly (readonly [string, string])[]> {
  return Object.fromEntries([...ranges].map(([partition, of]) => [`${topic}/${partition}`, rangesJson(of)]))
}

/** How many offsets are in [first, next); none if `next` comes before `first`. */
export function offsetsBetween(first: bigint, next: bigint): bigint {
  return next > first ? next - first : 0n
}

/** How many offsets the ranges hold. */
export function offsetCount(ranges: readonly OffsetRange[]): bigint {
  return ranges.reduce((count, { firstOffset, nextOffset }) => count + (nextOffset - firstOffset), 0n)
}

/** How many offsets the ranges of all partitions hold. */
export function offsetCountOf(ranges: PartitionRanges): bigint {
  return offsetCount([...ranges.values()].flat())
}

/** Offsets that lie in any of the arguments. */
export function unite(...all: readonly PartitionRanges[]): PartitionRanges {
  return mapRanges(new Set(all.flatMap((ranges) => [...ranges.keys()])), (partition) =>
    joined(all.flatMap((ranges) => ranges.get(partition) ?? [])),
  )
}

/** Offsets at or beyond the positions. */
export function rangesFrom(ranges: PartitionRanges, positions: Positions): PartitionRanges {
  return mapRanges(ranges.keys(), (partition) => {
    const from = positionOf(positions, partition)
    return cut(ranges.get(partition) ?? [], ({ firstOffset, nextOffset }) => ({
      firstOffset: firstOffset > from ? firstOffset : from,
      nextOffset,
    }))
  })
}

/** Offsets below the positions. */
export function rangesBelow(ranges: PartitionRanges, positions: Positions): PartitionRanges {
  return mapRanges(ranges.keys(), (partition) => {
    const end = positionOf(positions, partition)
    return cut(ranges.get(partition) ?? [], ({ firstOffset, nextOffset }) => ({
      firstOffset,
      nextOffset: nextOffset < end ? nextOffset : end,
    }))
  })
}

/** Offsets that lie in `ranges` but not in `others`. */
export function without(ranges: PartitionRanges, others: PartitionRanges): PartitionRanges {
  return mapRanges(ranges.keys(), (partition) =>
    (others.get(partition) ?? []).reduce(
      (left, other) =>
        left.flatMap(({ firstOffset, nextOffset }) =>
          [
            { firstOffset, nextOffset: nextOffset < other.firstOffset ? nextOffset : other.firstOffset },
            { firstOffset: firstOffset > other.nextOffset ? firstOffset : other.nextOffset, nextOffset },
          ].filter((piece) => piece.firstOffset < piece.nextOffset),
        ),
      ranges.get(partition) ?? [],
    ),
  )
}

function mapRanges(partitions: Iterable<number>, of: (partition: number) => readonly OffsetRange[]): PartitionRanges {
  const entries = [...partitions].toSorted((a, b) => a - b).map((partition) => [partition, of(partition)] as const)
  return new Map(entries.filter(([, ranges]) => ranges.length > 0))
}

function cut(ranges: readonly OffsetRange[], limit: (range: OffsetRange) => OffsetRange): readonly OffsetRange[] {
  return ranges.map(limit).filter(({ firstOffset, nextOffset }) => firstOffset < nextOffset)
}

function joined(ranges: readonly OffsetRange[]): readonly OffsetRange[] {
  const whole: OffsetRange[] = []
  for (const range of ranges.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))) {
    const last = whole.at(-1)
    if (last === undefined || last.nextOffset < range.firstOffset) whole.push(range)
    else if (range.nextOffset > last.nextOffset)
      whole.splice(-1, 1, { firstOffset: last.firstOffset, nextOffset: range.nextOffset })
  }
  return whole
}
