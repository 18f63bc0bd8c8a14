import { readFileSync } from 'node:fs'
import { randomInt } from '../../bench/events/random.ts'
import { seededRandom } from '../../schemas/sensor/random.ts'
import type { Random } from '../../bench/events/random.ts'
import { partitionOfKey } from '../../connectors/log/partition-of-key.ts'
import { judgeEvent } from './judge-event.ts'
import { sentParts } from './recount.ts'
import type { LoggedRecord, Sent } from './recount.ts'

/** Lines and tombstones of a dataset as they were sent, and how to make more of them. */
export type Recording = {
  readonly lines: () => readonly Sent[]
  /** When the log receives the first record; each later one a millisecond after it. */
  readonly firstReceivedMs: number
  /** The key that a producer would give the line; a tombstone has its own. */
  readonly keyOf: (line: Uint8Array) => string
  /** The event with another content, so much later; a line that is no event as it is. */
  readonly answeredAnew: (line: Uint8Array | null, laterMs: number) => Uint8Array | null
}

export const rsvpRecording: Recording = {
  lines: recordedLines,
  firstReceivedMs: Date.UTC(2017, 2, 19, 12, 30),
  keyOf: (line) => /"rsvp_id":(\d+)/.exec(Buffer.from(line).toString('latin1'))?.[1] ?? '',
  answeredAnew,
}

const repeatedShare = 0.12
const lateShare = 0.05

export type RecordedVariant = {
  readonly partitions: 1 | 4
  /** By the producer's key; otherwise each record goes to any partition. */
  readonly keyed: boolean
  readonly order: 'recorded' | 'shuffled'
  readonly seed: number
  /** A share of the events is delivered again, later. */
  readonly repeats?: boolean
  /** A share of the events is delivered among the last fifth. */
  readonly late?: boolean
}

/** The lines of the recording as sent: 1,541 events and a line that is cut off. */
export function recordedLines(): readonly Uint8Array[] {
  return readFileSync(new URL('../../recordings/rsvps-2017-03-19.ndjson', import.meta.url), 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line, 'latin1'))
}

/** The recording as a log has it, in order of arrival. Offsets are contiguous in each partition. */
export function recordedRecords(
  variant: RecordedVariant,
  recording: Recording = rsvpRecording,
): readonly LoggedRecord[] {
  const random = seededRandom(variant.seed)
  let lines = recording.lines()
  if (variant.order === 'shuffled') lines = shuffle(lines, random)
  if (variant.late === true) lines = delay(lines, random)
  if (variant.repeats === true) lines = repeat(lines, random)
  const nextOffsets = new Map<number, bigint>()
  return lines.map((sent, n) => {
    const { key, value } = sentParts(sent)
    const partition = variant.keyed
      ? partitionOfKey(key ?? Buffer.from(recording.keyOf(value ?? Buffer.of())), variant.partitions)
      : randomInt(random, variant.partitions)
    const offset = nextOffsets.get(partition) ?? 0n
    nextOffsets.set(partition, offset + 1n)
    return { partition, offset, timestamp: BigInt(recording.firstReceivedMs + n), key, value }
  })
}

type Further = { readonly count: number; readonly seed: number; readonly recording?: Recording }

/**
 * Records that arrive after `records`: events of theirs, half of them delivered again as they were, half answered anew and
 * dated a little earlier or later than before.
 */
export function furtherRecords(
  records: readonly LoggedRecord[],
  { count, seed, recording = rsvpRecording }: Further,
): readonly LoggedRecord[] {
  const random = seededRandom(seed)
  const nextOffsets = new Map(records.map(({ partition, offset }) => [partition, offset + 1n]))
  const partitions = [...nextOffsets.keys()]
  const lastReceived = records.at(-1)?.timestamp ?? 0n
  return Array.from({ length: count }, (_, n) => {
    const { key = null, value = null } = records[randomInt(random, records.length)] ?? {}
    const partition = partitions[randomInt(random, partitions.length)] ?? 0
    const offset = nextOffsets.get(partition) ?? 0n
    nextOffsets.set(partition, offset + 1n)
    const isAgain = n % 2 === 0
    return {
      partition,
      offset,
      timestamp: lastReceived + BigInt(n + 1),
      key,
      value: isAgain ? value : recording.answeredAnew(value, randomInt(random, 2000) - 1000),
    }
  })
}

function answeredAnew(value: Uint8Array | null, laterMs: number): Uint8Array | null {
  const judged = judgeEvent(value, rsvpRecording.firstReceivedMs)
  if (judged === null) return value
  const { event } = judged
  const response = event.response === 'yes' ? 'no' : 'yes'
  return Buffer.from(JSON.stringify({ ...event, response, mtime: event.mtime + laterMs }))
}

function shuffle<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

function delay<T>(items: readonly T[], random: Random): readonly T[] {
  return reorder(items.map((item, n) => ({ item, at: random() < lateShare ? later(n, items.length, random) : n })))
}

function later(n: number, count: number, random: Random): number {
  return Math.max(n, count * (0.8 + 0.2 * random()))
}

function repeat<T>(items: readonly T[], random: Random): readonly T[] {
  return reorder(
    items.flatMap((item, n) => {
      const first = { item, at: n }
      return random() < repeatedShare ? [first, { item, at: n + 1 + random() * (items.length - n) }] : [first]
    }),
  )
}

function reorder<T>(placed: readonly { readonly item: T; readonly at: number }[]): readonly T[] {
  return placed.toSorted((a, b) => a.at - b.at).map(({ item }) => item)
}
