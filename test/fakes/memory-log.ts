import { setImmediate } from 'node:timers/promises'
import { Doorbell } from '../../connectors/waiting/doorbell.ts'
import { recordBytes, recordBytesMax } from '../../connectors/log/limits.ts'
import { createSpreader } from '../../connectors/log/spread-records.ts'
import { startFollower } from '../../connectors/log/start-follower.ts'
import { AppError } from '../../schemas/errors.ts'
import type {
  EventLog,
  Follower,
  LogRecord,
  LogSlice,
  NewRecord,
  OffsetRange,
  SourcePosition,
  TopicSettings,
} from '../../schemas/ports/log.ts'
import { type Positions, positionOf } from '../../schemas/formats/tidemark.ts'

type Partition = { firstOffset: bigint; nextOffset: bigint; timestamp: bigint; records: LogRecord[] }
type Topic = { incarnation: number; partitions: Partition[]; sources: Map<string, string> }

export type MemoryLogOptions = {
  readonly partitionCount?: number
  readonly sliceRecordsMax?: number
  readonly now?: () => number
}

/** A log in memory that fails, loses and leaves gaps on demand. */
export class MemoryLog implements EventLog {
  readonly description = 'log in memory'
  /** The next append throws LOG_UNREACHABLE: `before` it has done anything, or `after` its records are in the log. */
  failNextAppend: 'before' | 'after' | null = null
  /** Where it is given, producers stamp what is appended, with these times. */
  producerTimes: (() => number) | null = null
  /** What its retention has half used up. */
  agingUpTo: Positions = new Map()
  #topics = new Map<string, Topic>()
  readonly #followers: Follower[] = []
  #changed = new Doorbell()
  readonly #spread = createSpreader()
  readonly #partitionCount: number
  readonly #sliceRecordsMax: number
  readonly #now: () => number
  #isClosed = false

  constructor({ partitionCount = 1, sliceRecordsMax = 1000, now = Date.now }: MemoryLogOptions = {}) {
    this.#partitionCount = partitionCount
    this.#sliceRecordsMax = sliceRecordsMax
    this.#now = now
  }

  /** The same log for another user of it, to be closed on its own. */
  sharing(): MemoryLog {
    const other = new MemoryLog({
      partitionCount: this.#partitionCount,
      sliceRecordsMax: this.#sliceRecordsMax,
      now: this.#now,
    })
    other.#topics = this.#topics
    other.#changed = this.#changed
    return other
  }

  /** Offsets without a record, as transaction markers and compaction leave them. */
  insertGap(topic: string, partition: number, offsets: bigint): void {
    this.#partition(topic, partition).nextOffset += offsets
    this.#changed.ring()
  }

  /** Deletes records that nobody asked to delete, as a log's own retention does. */
  lose(topic: string, partition: number, below: bigint): void {
    deleteBelow(this.#partition(topic, partition), below)
  }

  /** The same name, empty, with another identity. */
  recreate(topic: string): void {
    const { incarnation } = this.#topic(topic)
    this.#topics.set(topic, newTopic(this.#partitionCount, incarnation + 1))
  }

  addPartition(topic: string): void {
    this.#topic(topic).partitions.push(newPartition())
    this.#changed.ring()
  }

  async ensureTopic(topic: string): Promise<void> {
    if (!this.#topics.has(topic)) this.#topics.set(topic, newTopic(this.#partitionCount, 1))
  }

  async identity(topic: string): Promise<string> {
    return `memory/${topic}/${this.#topic(topic).incarnation}`
  }

  async settings(topic: string): Promise<TopicSettings> {
    this.#topic(topic)
    return { stampedBy: this.producerTimes === null ? 'log' : 'producer', retentionMs: null, retentionBytes: null }
  }

  async aging(): Promise<Positions> {
    return this.agingUpTo
  }

  async bounds(topic: string): Promise<ReadonlyMap<number, OffsetRange>> {
    return new Map(
      this.#topic(topic).partitions.map(({ firstOffset, nextOffset }, i) => [i, { firstOffset, nextOffset }]),
    )
  }

  async append(
    topic: string,
    records: readonly NewRecord[],
    source?: SourcePosition,
  ): Promise<ReadonlyMap<number, OffsetRange>> {
    const { partitions, sources } = this.#topic(topic)
    if (records.some((record) => recordBytes(record) > recordBytesMax))
      throw new AppError('EVENT_TOO_LARGE', 'too long')
    if (source !== undefined && source.previous !== (sources.get(source.source) ?? null)) {
      throw new AppError('SOURCE_FAILED', `Another ingest of ${source.source} has moved on.`)
    }
    this.#failIfPlanned('before')
    const ranges = new Map<number, OffsetRange>()
    for (const [partition, chosen] of this.#spread(records, partitions.length)) {
      ranges.set(
        partition,
        push(this.#partition(topic, partition), chosen, {
          now: BigInt(this.#now()),
          producerTimes: this.producerTimes,
        }),
      )
    }
    if (source !== undefined) sources.set(source.source, source.position)
    this.#changed.ring()
    this.#failIfPlanned('after')
    return ranges
  }

  /** Appends records that have a key and no value, as producers of Kafka do and we do not. */
  async appendTombstones(topic: string, keys: readonly (Uint8Array | null)[]): Promise<void> {
    const { partitions } = this.#topic(topic)
    const records = keys.map((key) => ({ key, value: new Uint8Array() }))
    for (const [partition, chosen] of this.#spread(records, partitions.length))
      push(
        this.#partition(topic, partition),
        chosen.map((record) => ({ ...record, value: null })),
        { now: BigInt(this.#now()), producerTimes: this.producerTimes },
      )
    this.#changed.ring()
  }

  async sourcePosition(topic: string, source: string): Promise<string | null> {
    return this.#topic(topic).sources.get(source) ?? null
  }

  follow(topic: string, from: Positions, onSlice: (slice: LogSlice) => Promise<void>): Follower {
    const follower = startFollower((signal) => this.#slices(topic, from, signal), onSlice)
    this.#followers.push(follower)
    return follower
  }

  async trim(topic: string, before: Positions, olderThanMs: number): Promise<void> {
    const receivedUntil = BigInt(this.#now() - olderThanMs)
    for (const [partition, limit] of before) {
      const state = this.#partition(topic, partition)
      const kept = state.records.find(({ offset, timestamp }) => offset >= limit || timestamp > receivedUntil)
      const end = kept?.offset ?? state.nextOffset
      deleteBelow(state, end < limit ? end : limit)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.close()))
    this.#isClosed = true
  }

  async *#slices(topic: string, from: Positions, signal: AbortSignal): AsyncGenerator<LogSlice> {
    const positions = new Map(from)
    while (!signal.aborted) {
      const before = new Map(positions)
      for (const [partition, state] of this.#topic(topic).partitions.entries()) {
        const slice = readSlice(state, {
          partition,
          position: positionOf(positions, partition),
          recordsMax: this.#sliceRecordsMax,
        })
        if (slice === null) continue
        positions.set(partition, slice.nextOffset)
        yield slice
        await setImmediate()
      }
      const isIdle = [...positions].every(([partition, position]) => positionOf(before, partition) === position)
      if (isIdle) await this.#changed.wait(signal)
    }
  }

  #topic(name: string): Topic {
    if (this.#isClosed) throw new AppError('CLOSED', 'The log in memory is closed.')
    const topic = this.#topics.get(name)
    if (topic === undefined) throw new AppError('TOPIC_MISSING', `The log in memory has no topic ${name}.`)
    return topic
  }

  #partition(topic: string, partition: number): Partition {
    const state = this.#topic(topic).partitions[partition]
    if (state === undefined) throw new Error(`${topic} has no partition ${partition}`)
    return state
  }

  #failIfPlanned(moment: 'before' | 'after'): void {
    if (this.failNextAppend !== moment) return
    this.failNextAppend = null
    throw new AppError('LOG_UNREACHABLE', 'a planned failure')
  }
}

function newTopic(partitionCount: number, incarnation: number): Topic {
  return { incarnation, partitions: Array.from({ length: partitionCount }, newPartition), sources: new Map() }
}

function newPartition(): Partition {
  return { firstOffset: 0n, nextOffset: 0n, timestamp: 0n, records: [] }
}

function push(
  state: Partition,
  records: readonly (Omit<NewRecord, 'value'> & Pick<LogRecord, 'value'>)[],
  { now, producerTimes }: { readonly now: bigint; readonly producerTimes: (() => number) | null },
): OffsetRange {
  const firstOffset = state.nextOffset
  if (now > state.timestamp) state.timestamp = now
  for (const { key, headers, value } of records) {
    const timestamp = producerTimes === null ? state.timestamp : BigInt(producerTimes())
    const hasLogTime = producerTimes === null
    state.records.push({ offset: state.nextOffset, timestamp, hasLogTime, key, headers: headers ?? [], value })
    state.nextOffset += 1n
  }
  return { firstOffset, nextOffset: state.nextOffset }
}

function deleteBelow(state: Partition, offset: bigint): void {
  if (offset <= state.firstOffset) return
  state.records = state.records.filter((record) => record.offset >= offset)
  state.firstOffset = offset
  if (state.nextOffset < offset) state.nextOffset = offset
}

function readSlice(
  { firstOffset: held, nextOffset: end, records }: Partition,
  {
    partition,
    position,
    recordsMax,
  }: { readonly partition: number; readonly position: bigint; readonly recordsMax: number },
): LogSlice | null {
  if (position > end) throw new AppError('LOG_RECREATED', `partition ${partition} ends at ${end}, before ${position}`)
  if (position === end) return null
  const firstOffset = position > held ? position : held
  const taken = records.filter(({ offset }) => offset >= firstOffset).slice(0, recordsMax)
  const last = taken.at(-1)
  const nextOffset = taken.length === recordsMax && last !== undefined ? last.offset + 1n : end
  return { partition, firstOffset, nextOffset, records: taken }
}
