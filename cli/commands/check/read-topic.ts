import { Deferred } from '../../../schemas/async/deferred.ts'
import type { EventLog, LogSlice, OffsetRange } from '../../../schemas/ports/log.ts'
import type { Positions } from '../../../schemas/formats/tidemark.ts'

export type TopicSample = {
  /** By partition, in the order of the log. */
  readonly events: readonly Uint8Array[]
  readonly withoutValue: number
  /** True if the topic has more than was read. */
  readonly isCut: boolean
}

type Topic = { readonly topic: string; readonly bounds: ReadonlyMap<number, OffsetRange>; readonly signal: AbortSignal }
type Limits = { readonly eventsMax: number; readonly bytesMax: number }

/**
 * Reads the newest records that a topic has within its bounds, as many of one partition as of another where each has
 * enough. Nothing is written, and no group of consumers joined.
 */
export async function readTopic(
  log: EventLog,
  { topic, bounds, signal }: Topic,
  { eventsMax, bytesMax }: Limits,
): Promise<TopicSample> {
  const start = startOf(bounds, eventsMax)
  const events = new Map(
    [...bounds.keys()].toSorted((a, b) => a - b).map((partition) => [partition, new Array<Uint8Array>()]),
  )
  const unread = new Set(
    [...bounds].flatMap(([partition, { nextOffset }]) =>
      (start.get(partition) ?? nextOffset) < nextOffset ? [partition] : [],
    ),
  )
  let [bytes, withoutValue, isFull] = [0, 0, false]
  const done = new Deferred()
  const take = ({ partition, nextOffset, records }: LogSlice): void => {
    const end = bounds.get(partition)?.nextOffset ?? 0n
    for (const { offset, value } of records) {
      if (offset >= end || isFull) break
      bytes += value?.byteLength ?? 0
      isFull = bytes > bytesMax
      if (value === null) withoutValue += 1
      else if (!isFull) events.get(partition)?.push(value)
    }
    if (nextOffset >= end) unread.delete(partition)
    if (isFull || unread.size === 0) done.resolve()
  }
  if (unread.size > 0) {
    const follower = log.follow(topic, start, async (slice) => take(slice))
    const stop = (): void => done.resolve()
    signal.addEventListener('abort', stop)
    try {
      await Promise.race([follower.ended, done.promise])
    } finally {
      signal.removeEventListener('abort', stop)
      await follower.close()
    }
  }
  signal.throwIfAborted()
  const hasOlder = [...bounds].some(
    ([partition, { firstOffset }]) => (start.get(partition) ?? firstOffset) > firstOffset,
  )
  return { events: [...events.values()].flat(), withoutValue, isCut: isFull || hasOlder }
}

/** Where to begin in each partition, so that they have so many records together; what a short one lacks the others give. */
function startOf(bounds: ReadonlyMap<number, OffsetRange>, eventsMax: number): Positions {
  const sizeOf = ({ firstOffset, nextOffset }: OffsetRange): bigint => nextOffset - firstOffset
  const shortestFirst = [...bounds].toSorted(([, a], [, b]) => (sizeOf(a) < sizeOf(b) ? -1 : 1))
  let left = BigInt(eventsMax)
  return new Map(
    shortestFirst.map(([partition, range], n) => {
      const share = left / BigInt(shortestFirst.length - n)
      const taken = sizeOf(range) < share ? sizeOf(range) : share
      left -= taken
      return [partition, range.nextOffset - taken]
    }),
  )
}
