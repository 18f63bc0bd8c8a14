import { expect } from 'vitest'
import type { EventLog, LogRecord, LogSlice, NewRecord, SourcePosition } from '../../schemas/ports/log.ts'
import { hasReached, positionOf, type Positions } from '../../schemas/formats/tidemark.ts'

export function text(value: string): NewRecord {
  return { key: null, value: Buffer.from(value) }
}

export function textsOf(slices: readonly LogSlice[]): string[] {
  return slices.flatMap(({ records }) => records.map(({ value }) => stringOf(value)))
}

export function stringOf(value: Uint8Array | null): string {
  return value === null ? '' : Buffer.from(value).toString()
}

/** Returns a promise with the function that resolves it. */
export function settled(): { readonly promise: Promise<void>; resolve(): void } {
  const resolvers: (() => void)[] = []
  const promise = new Promise<void>((resolve) => resolvers.push(resolve))
  return { promise, resolve: () => resolvers.forEach((resolve) => resolve()) }
}

/** Follows until every partition of `until` is reached; rejects if the follower ends before. */
export async function collect(
  log: EventLog,
  topic: string,
  { from, until }: { readonly from: Positions; readonly until: Positions },
): Promise<LogSlice[]> {
  const slices: LogSlice[] = []
  const positions = new Map(from)
  if (hasReached(positions, until)) return slices
  const reached = settled()
  const follower = log.follow(topic, from, async (slice) => {
    slices.push(slice)
    positions.set(slice.partition, slice.nextOffset)
    if (hasReached(positions, until)) reached.resolve()
  })
  await Promise.race([reached.promise, follower.ended])
  await follower.close()
  await follower.ended
  return slices
}

export function texts(from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => text(String(from + i)))
}

export function keyed(word: string): NewRecord {
  return { key: Buffer.from(word), value: Buffer.from(word) }
}

export function at(position: string, previous: string | null): SourcePosition {
  return { source: 'file:a', position, previous }
}

export async function collectAll(log: EventLog, topic: string, from: Positions = new Map()): Promise<LogSlice[]> {
  const bounds = await log.bounds(topic)
  return collect(log, topic, { from, until: new Map([...bounds].map(([p, { nextOffset }]) => [p, nextOffset])) })
}

export function recordsOf(slices: readonly LogSlice[]): LogRecord[] {
  return slices.flatMap(({ records }) => records)
}

export function recordsByPlace(slices: readonly LogSlice[]): [string, string][] {
  return slices.flatMap(({ partition, records }) =>
    records.map(({ offset, value }): [string, string] => [`${partition}/${offset}`, stringOf(value)]),
  )
}

export function offsets(from: bigint, to: bigint): bigint[] {
  return Array.from({ length: Number(to - from) }, (_, i) => from + BigInt(i))
}

export function plain(record: LogRecord | undefined) {
  return {
    key: record?.key && [...record.key],
    headers: record?.headers.map(({ key, value }) => [key, ...value]),
    value: record?.value && [...record.value],
  }
}

export function expectContiguous(slices: readonly LogSlice[], from: Positions): void {
  const positions = new Map(from)
  for (const { partition, firstOffset, nextOffset, records } of slices) {
    expect(firstOffset).toBe(positionOf(positions, partition))
    expect(nextOffset).toBeGreaterThan(firstOffset)
    const within = records.map(({ offset }) => offset)
    expect(within).toEqual(
      within.filter((offset) => offset >= firstOffset && offset < nextOffset).toSorted((a, b) => Number(a - b)),
    )
    positions.set(partition, nextOffset)
  }
}
