import type { Cell } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'

export const views = ['merged', 'batch', 'speed'] as const
export type View = (typeof views)[number]

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** `type` is the engine's: BIGINT, VARCHAR, TIMESTAMP WITH TIME ZONE, STRUCT(...). */
export type AnswerColumn = { readonly name: string; readonly type: string }

/** What an answer stands on. Positions are keyed `topic/partition`. */
export type AsOf = {
  readonly view: View
  readonly datasets: Readonly<Record<string, DatasetAsOf>>
}

/** Half-open ranges by `topic/partition`, the newest of each. */
export type LostOffsets = Readonly<Record<string, readonly (readonly [string, string])[]>>

export type DatasetAsOf = {
  readonly generation: number
  readonly tidemark: Readonly<Record<string, string>>
  /** The position up to which events of the log are in the answer. */
  readonly speed: Readonly<Record<string, string>>
  /** Offsets below `speed` that are in no answer: the log deleted them before they were archived. Only where there are any. */
  readonly lost?: LostOffsets
  /** RFC 3339, or null before the first event. */
  readonly stream_time: string | null
  /** Age of the newest event that is not in the answer; 0 when all are. */
  readonly lag_ms: number
}

/**
 * Values are ready for JSON: integers up to 2^53-1 are numbers and strings beyond, BLOBs base64, times RFC 3339 in UTC,
 * NaN and infinities strings. Column names are unique: a repeated one gets `_1`.
 */
export type Answer = {
  readonly columns: readonly AnswerColumn[]
  readonly rows: readonly (readonly JsonValue[])[]
  /** True where the statement had more rows than `rowsMax`. */
  readonly isTruncated: boolean
  readonly asOf: AsOf
  readonly elapsedMs: number
}

export type ReadRequest = {
  readonly sql: string
  /** By name for `$name`, by position for `?` and `$1`. */
  readonly params: Readonly<Record<string, Cell>> | readonly Cell[]
  readonly view: View
  /** Whose tables unqualified names mean; null: every dataset's. */
  readonly dataset: string | null
  /** Waits, bounded by the time-out, until the answer covers these positions of these topics. */
  readonly after: ReadonlyMap<string, Positions>
  /** Waits as well until the answer stands on these generations of these datasets, or later ones. */
  readonly generations?: ReadonlyMap<string, number>
  readonly rowsMax: number
  /** A cap on the answer's values: QUERY_CAP_EXCEEDED beyond. */
  readonly bytesMax: number
  readonly timeoutMs: number
  /** Aborts when nobody waits for the answer any more: the statement is stopped, CLOSED. */
  readonly signal?: AbortSignal
}

/** `Array.isArray` does not narrow a readonly array out of a union. */
export function isPositional(params: ReadRequest['params']): params is readonly Cell[] {
  return Array.isArray(params)
}

/** Statements of one dataset that are answered together. The caps hold for all of them in sum, the rows for each. */
export type TogetherRequest = Omit<ReadRequest, 'sql' | 'params'> & {
  readonly statements: readonly Pick<ReadRequest, 'sql' | 'params'>[]
}

/** What one of several statements came to: its rows, or what made it fail. */
export type StatementAnswer = Pick<Answer, 'columns' | 'rows' | 'isTruncated'> | { readonly error: unknown }

/** In the order of the statements. */
export type TogetherAnswer = Pick<Answer, 'asOf' | 'elapsedMs'> & { readonly answers: readonly StatementAnswer[] }

export type ReplicaStatus = DatasetAsOf & {
  readonly dataset: string
  readonly topic: string
  readonly isReady: boolean
  /** What it waits for, for people; null when ready. */
  readonly waitingFor: string | null
  /** The log's end when the replica started: it is ready once `speed` has reached it. */
  readonly start_end: Readonly<Record<string, string>>
}

/** A statement that ended with the process that ran it, whatever its code says. Everybody has one process fewer for a while. */
export class StatementKilled extends AppError {}

/** Something that answers statements over the merged view: the replica of this process, or the SQL workers. */
export interface Reader {
  /**
   * One consistent state: rows and `asOf` come from the same transaction. Throws SQL_INVALID with the engine's message and
   * position, QUERY_TIMEOUT, QUERY_CAP_EXCEEDED, AFTER_NOT_REACHED, NOT_READY, BUSY, WORKER_LOST, CLOSED.
   */
  read(request: ReadRequest): Promise<Answer>
  status(): readonly ReplicaStatus[]
}

/** Where this process stands in the log. Both throw AFTER_NOT_REACHED, and REQUEST_INVALID for what there is not. */
export interface Progress {
  /** Resolves once answers of this process cover the positions. */
  covered(after: ReadRequest['after'], timeoutMs: number): Promise<void>
  /** Resolves once this process has read the log up to the positions, so that they exist; other processes may be further. */
  received(after: ReadRequest['after'], timeoutMs: number): Promise<void>
  /** Resolves once this process stands on these generations of these datasets, or later ones. Whatever keeps it, it goes on trying. */
  attached(generations: ReadonlyMap<string, number>, timeoutMs: number): Promise<void>
}

/** Answers several statements from one state. */
export interface TogetherReader extends Reader {
  /** One state, one `asOf`. A statement that fails leaves the others their answers; where all fail, it throws what `read` throws. */
  readTogether(request: TogetherRequest): Promise<TogetherAnswer>
}
