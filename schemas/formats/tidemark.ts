/** Per partition of one topic, the offset of the first record that is not included. A partition not named stands at 0. */
export type Positions = ReadonlyMap<number, bigint>

/** Per partition, the first offset a generation does NOT cover. */
export type Tidemark = Positions

export function positionOf(positions: Positions, partition: number): bigint {
  return positions.get(partition) ?? 0n
}

export function isCovered(tidemark: Tidemark, partition: number, offset: bigint): boolean {
  return offset < positionOf(tidemark, partition)
}

/** True where `positions` reaches `required` in every partition: nothing below `required` is missing. */
export function hasReached(positions: Positions, required: Positions): boolean {
  return [...required].every(([partition, offset]) => positionOf(positions, partition) >= offset)
}

/** The later position of each partition. */
export function latest(a: Positions, b: Positions): Positions {
  const partitions = new Set([...a.keys(), ...b.keys()])
  return new Map(
    [...partitions]
      .toSorted((x, y) => x - y)
      .map((partition) => {
        const [left, right] = [positionOf(a, partition), positionOf(b, partition)]
        return [partition, left > right ? left : right]
      }),
  )
}

/** Positions as answers hold them: `{"rsvp/0":"1200"}`, from `topic/partition` to a decimal string. */
export function toJson(topic: string, positions: Positions): Record<string, string> {
  return Object.fromEntries([...positions].map(([partition, offset]) => [`${topic}/${partition}`, String(offset)]))
}
