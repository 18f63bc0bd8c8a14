import type { Positions } from '../formats/tidemark.ts'

export type Header = { readonly key: string; readonly value: Uint8Array }

export type NewRecord = {
  readonly key: Uint8Array | null
  readonly headers?: readonly Header[]
  readonly value: Uint8Array
}

/**
 * `timestamp` is in epoch milliseconds: when the log received the record where `hasLogTime`, else what its producer says,
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
  /** Whose clock the time of a record that is appended now is of. */
  readonly stampedBy: 'log' | 'producer'
  /** The log deletes what is older, or what exceeds so many bytes of a partition, archived or not; null where it does not. */
  readonly retentionMs: number | null
  readonly retentionBytes: number | null
}

export type OffsetRange = { readonly firstOffset: bigint; readonly nextOffset: bigint }

/**
 * Where a source stands. It is committed with the records it belongs to: after a crash both are there or neither is.
 * `previous` is what the caller believes is committed now. Where it is not, another ingest of the same source has moved on:
 * SOURCE_FAILED, nothing appended.
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

  /** Creates the topic where it does not exist; an existing one is left as it is. Partition count: the adapter's setting. */
  ensureTopic(topic: string): Promise<void>

  /**
   * What makes this topic of this log different from every other: another log, or the same topic deleted and made again
   * where the log can tell, has another identity.
   */
  identity(topic: string): Promise<string>

  /** How the log treats the topic; null where it does not let that be read. Throws TOPIC_MISSING. */
  settings(topic: string): Promise<TopicSettings | null>

  /**
   * Per partition, where the newer half of what the log's own retention keeps begins: what lies below is deleted in half of
   * the retention's time, or earlier, archived or not. A partition that is not named keeps what is not archived.
   */
  aging(topic: string): Promise<Positions>

  /** Per partition, the first offset still held and the log's end. Throws TOPIC_MISSING. */
  bounds(topic: string): Promise<ReadonlyMap<number, OffsetRange>>

  /**
   * Durable when it resolves, in the order given within each partition; answers the range each partition got. The range of
   * a partition covers the records of this call, and on a shared partition possibly others' between them. All or nothing
   * with a `source`: records and position become visible together. A record longer than the log takes: EVENT_TOO_LARGE,
   * nothing appended. A repeat after an unknown outcome may append the records again; keys decide that it does no harm.
   */
  append(
    topic: string,
    records: readonly NewRecord[],
    source?: SourcePosition,
  ): Promise<ReadonlyMap<number, OffsetRange>>

  /** The last position that `append` committed for this source in this topic. */
  sourcePosition(topic: string, source: string): Promise<string | null>

  /**
   * Delivers every slice from `from` on and then as they arrive, one call of `onSlice` at a time; the next slice waits for
   * its promise. Slices of a partition are contiguous: each starts where the one before ended, so gaps lie inside slices.
   * The one exception: where the log has deleted records that were asked for, the slice starts later than asked; the
   * difference is a loss. Only records that are durable are delivered. A throw of `onSlice` ends the follower.
   * Partitions that appear later are followed from their first offset.
   */
  follow(topic: string, from: Positions, onSlice: (slice: LogSlice) => Promise<void>): Follower

  /** Deletes records below `before` that are older than `olderThanMs`. A log with a retention of its own does nothing. */
  trim(topic: string, before: Positions, olderThanMs: number): Promise<void>

  close(): Promise<void>
}
