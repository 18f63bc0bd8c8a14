import type { LineBatch } from '../framing/line-batch.ts'
import type { SetAlarm } from '../waiting/alarm.ts'
import type { Clock } from '../waiting/pace.ts'
import type { SinceOptions } from './since.ts'

/** A source of events, each with its bytes as received. */
export interface LineSource {
  /** The source's position is kept under this name, so it must be the same after a restart. */
  readonly name: string

  /**
   * Reads from `position` on, or from the start. Ends when the source does, or soon after the signal aborts. Waits for
   * a source that may come back; throws SOURCE_FAILED if waiting does not help.
   */
  read(position: string | null, signal: AbortSignal): AsyncIterable<LineBatch>
}

export type SourceOptions = {
  readonly lineBytesMax: number
  /** Called before each wait with its reason, for people. */
  readonly onRetry?: (message: string) => void
}

/** Options of a source that is a connection. */
export type LiveSourceOptions = SourceOptions & {
  /** A connection that is silent for longer is replaced by a new one. */
  readonly idleMsMax?: number
  /** Used if the address has the parameter. Without it, events that are sent while nobody is connected are lost. */
  readonly since?: SinceOptions
  readonly clock?: Pick<Clock, 'sleep'>
  readonly setAlarm?: SetAlarm
}
