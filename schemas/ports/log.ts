import type { Positions } from '../formats/tidemark.ts'

export type Header = { readonly key: string; readonly value: Uint8Array }

export type NewRecord = {
  readonly key: Uint8Array | null
  readonly headers?: readonly Header[]
  readonly value: Uint8Array
}

/**
 * `timestamp` is in epoch milliseconds: if `hasLogTime`, when the log received the record; else what its producer says,
 * which may be any number. `value` is null for a Kafka tombstone.
 */
export type LogRecord = {
  readonly offset: bigint
  readonly timestamp: bigint
  readonly hasLogTime: boolean
  readonly key: Uint8Array | null
  readonly headers: readonly Header[]
  readonly value: Uint8Array | null
}

/**
 * A stretch of one partition: all that the log holds in [firstOffset, nextOffset), in order. An offset of the range that
 * has no record is a gap (transaction marker, compaction, aborted record). `records` may be empty while the range is not.
 */
export type LogSlice = {
  readonly partition: number
  readonly firstOffset: bigint
  readonly nextOffset: bigint
  readonly records: readonly LogRecord[]
}

export type TopicSettings = {
  /** Whose clock gives the time of records that are appended now. */
  readonly stampedBy: 'log' | 'producer'
  /**
   * The log deletes records that are older, or that exceed this many bytes of a partition, archived or not; null if it
   * has no such limit.
   */
  readonly retentionMs: number | null
  readonly retentionBytes: number | null
}

export type OffsetRange = { readonly firstOffset: bigint; readonly nextOffset: bigint }

/**
 * How far a source was read. It is committed with the records it belongs to: after a crash both are there or neither
 * is. `previous` is the position that the caller believes to be committed. If it is another one, because another ingest
 * of the same source has moved on, nothing is appended and `append` throws SOURCE_FAILED.
 */
export type SourcePosition = { readonly source: string; readonly position: string; readonly previous: string | null }

export type Follower = {
  /** Resolves after `close()`; rejects when following ended for any other reason. */
  readonly ended: Promise<void>
  /** Resolves once the last `onSlice` has returned. May be called twice. */
  close(): Promise<void>
}

/** Where events arrive in order. One log holds many topics; each has partitions and an identity. */
export interface EventLog {
  /** For messages: `embedded log at ./data/log`, `Kafka at localhost:9092`. */
  readonly description: string

  /**
   * Creates the topic if it does not exist, with the adapter's number of partitions. An existing topic stays as it is.
   */
  ensureTopic(topic: string): Promise<void>

  /**
   * Names this topic of this log as opposed to all others. A topic of another log has another identity, and so has a
   * topic that was deleted and created again, if the log can tell.
   */
  identity(topic: string): Promise<string>

  /** The topic's settings; null if the log does not let us read them. Throws TOPIC_MISSING. */
  settings(topic: string): Promise<TopicSettings | null>

  /**
   * Per partition, the first offset of the newer half of what the log's own retention keeps. Records below it are
   * deleted within half of the retention's time, archived or not. A partition that is not named keeps its records until
   * they are archived.
   */
  aging(topic: string): Promise<Positions>

  /** Per partition, the first offset still held and the log's end. Throws TOPIC_MISSING. */
  bounds(topic: string): Promise<ReadonlyMap<number, OffsetRange>>

  /**
   * Appends records, in the order given within each partition. They are durable when it resolves. Returns the range of
   * each partition, which covers the records of this call and perhaps others' between them. With a `source`, records
   * and position become visible together or not at all. Throws EVENT_TOO_LARGE, and appends nothing, for a record that
   * is longer than the log takes. A repeat after an unknown outcome may append the records again, which does no harm
   * since rows are merged by key.
   */
  append(
    topic: string,
    records: readonly NewRecord[],
    source?: SourcePosition,
  ): Promise<ReadonlyMap<number, OffsetRange>>

  /** The last position that `append` committed for this source in this topic. */
  sourcePosition(topic: string, source: string): Promise<string | null>

  /**
   * Delivers every slice from `from` on, then new ones as they arrive, one call of `onSlice` at a time; the next slice
   * waits for its promise. Slices of a partition are contiguous: each starts where the one before ended, so gaps lie
   * inside slices. There is one exception: if the log has deleted records that should follow, the slice starts later,
   * and the difference is a loss. Only records that are durable are delivered. A throw of `onSlice` ends the follower.
   * Partitions that appear later are followed from their first offset.
   */
  follow(topic: string, from: Positions, onSlice: (slice: LogSlice) => Promise<void>): Follower

  /** Deletes records below `before` that are older than `olderThanMs`. A log with a retention of its own does nothing. */
  trim(topic: string, before: Positions, olderThanMs: number): Promise<void>

  close(): Promise<void>
}
