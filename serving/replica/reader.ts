import type { Cell } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'

export const views = ['merged', 'batch', 'speed'] as const
export type View = (typeof views)[number]

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** `type` is the engine's name: BIGINT, VARCHAR, TIMESTAMP WITH TIME ZONE, STRUCT(...). */
export type AnswerColumn = { readonly name: string; readonly type: string }

/** The state that an answer was read at. Positions are keyed `topic/partition`. */
export type AsOf = {
  readonly view: View
  readonly datasets: Readonly<Record<string, DatasetAsOf>>
}

/** Half-open ranges by `topic/partition`; of each partition the newest ones. */
export type LostOffsets = Readonly<Record<string, readonly (readonly [string, string])[]>>

export type DatasetAsOf = {
  readonly generation: number
  readonly tidemark: Readonly<Record<string, string>>
  /** The position up to which events of the log are in the answer. */
  readonly speed: Readonly<Record<string, string>>
  /**
   * Offsets below `speed` that are in no answer, because the log deleted them before they were archived. Absent if
   * there are none.
   */
  readonly lost?: LostOffsets
  /** RFC 3339, or null before the first event. */
  readonly stream_time: string | null
  /** The age of the newest event that is not in the answer; 0 if all are. */
  readonly lag_ms: number
}

/**
 * Values are ready for JSON: integers up to 2^53-1 are numbers and strings beyond, BLOBs base64, times RFC 3339 in UTC,
 * NaN and infinities strings. Column names are unique: a repeated one gets `_1`.
 */
export type Answer = {
  readonly columns: readonly AnswerColumn[]
  readonly rows: readonly (readonly JsonValue[])[]
  /** True if the statement had more rows than `rowsMax`. */
  readonly isTruncated: boolean
  readonly asOf: AsOf
  readonly elapsedMs: number
}

export type ReadRequest = {
  readonly sql: string
  /** By name for `$name`, by position for `?` and `$1`. */
  readonly params: Readonly<Record<string, Cell>> | readonly Cell[]
  readonly view: View
  /** The dataset whose tables unqualified names mean; null for all datasets. */
  readonly dataset: string | null
  /** The read waits, at most for the time-out, until the answer covers these positions of these topics. */
  readonly after: ReadonlyMap<string, Positions>
  /** The read also waits until the answer is of these generations of these datasets, or later ones. */
  readonly generations?: ReadonlyMap<string, number>
  readonly rowsMax: number
  /** The limit for the answer's values. Beyond it the read throws QUERY_CAP_EXCEEDED. */
  readonly bytesMax: number
  readonly timeoutMs: number
  /** Aborts when nobody waits for the answer any more. The statement is then stopped, and the read throws CLOSED. */
  readonly signal?: AbortSignal
}

/** `Array.isArray` does not narrow a union that holds a readonly array. */
export function isPositional(params: ReadRequest['params']): params is readonly Cell[] {
  return Array.isArray(params)
}

/**
 * Statements of one dataset that are answered together. Bytes and time are limited for all of them together, rows for
 * each.
 */
export type TogetherRequest = Omit<ReadRequest, 'sql' | 'params'> & {
  readonly statements: readonly Pick<ReadRequest, 'sql' | 'params'>[]
}

/** The result of one of several statements: its rows or its error. */
export type StatementAnswer = Pick<Answer, 'columns' | 'rows' | 'isTruncated'> | { readonly error: unknown }

/** In the order of the statements. */
export type TogetherAnswer = Pick<Answer, 'asOf' | 'elapsedMs'> & { readonly answers: readonly StatementAnswer[] }

export type ReplicaStatus = DatasetAsOf & {
  readonly dataset: string
  readonly topic: string
  readonly isReady: boolean
  /** What the replica waits for, for people; null if it is ready. */
  readonly waitingFor: string | null
  /** The log's end when the replica started. It is ready once `speed` has reached it. */
  readonly start_end: Readonly<Record<string, string>>
}

/**
 * A statement that ended together with the process that ran it, whatever its code. For a while there is one process
 * fewer for everybody.
 */
export class StatementKilled extends AppError {}

/** Answers statements over the merged view. It is the replica of this process, or the SQL workers. */
export interface Reader {
  /**
   * Reads one consistent state: rows and `asOf` come from the same transaction. Throws SQL_INVALID with the engine's
   * message and position, QUERY_TIMEOUT, QUERY_CAP_EXCEEDED, AFTER_NOT_REACHED, NOT_READY, BUSY, WORKER_LOST, CLOSED.
   */
  read(request: ReadRequest): Promise<Answer>
  status(): readonly ReplicaStatus[]
}

/**
 * How far this process is in the log. All three throw AFTER_NOT_REACHED; they throw REQUEST_INVALID for topics,
 * partitions or datasets that do not exist.
 */
export interface Progress {
  /** Resolves once answers of this process cover the positions. */
  covered(after: ReadRequest['after'], timeoutMs: number): Promise<void>
  /**
   * Resolves once this process has read the log up to the positions, so that they exist; other processes may be
   * further.
   */
  received(after: ReadRequest['after'], timeoutMs: number): Promise<void>
  /**
   * Says that a dataset is about to be read. After a rest of its speed view it resolves once all that was received is in
   * the view, or cannot be for now; else at once.
   */
  wake(dataset: string, timeoutMs: number): Promise<void>
  /** The state of a dataset: an object that is replaced by another one when answers may change, and not before. */
  stateOf(dataset: string): object
  /** What an answer of this moment says of its state. */
  asOf(dataset: string, view: View): AsOf
  /**
   * Resolves once this process has attached these generations of these datasets, or later ones. It tries again after
   * every failure.
   */
  attached(generations: ReadonlyMap<string, number>, timeoutMs: number): Promise<void>
}

/** Answers several statements from one state. */
export interface TogetherReader extends Reader {
  /**
   * All answers have one state and one `asOf`. If a statement fails, the others still have their answers; if all fail,
   * this throws what `read` throws.
   */
  readTogether(request: TogetherRequest): Promise<TogetherAnswer>
}
