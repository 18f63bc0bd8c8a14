import type { LineBatch } from '../framing/line-batch.ts'
import type { SetAlarm } from '../waiting/alarm.ts'
import type { Clock } from '../waiting/pace.ts'
import type { SinceOptions } from './since.ts'

/** Where events come from, line by line, each with its bytes as received. */
export interface LineSource {
  /** The same source has the same name after a restart: its position is kept under it. */
  readonly name: string

  /**
   * From after `position` on, or from the start. Ends when the source does, or soon after the signal aborts. A source
   * that can come back is waited for; SOURCE_FAILED says that waiting does not help.
   */
  read(position: string | null, signal: AbortSignal): AsyncIterable<LineBatch>
}

export type SourceOptions = {
  readonly lineBytesMax: number
  /** Says what a source waits for. */
  readonly onRetry?: (message: string) => void
}

/** Of a source that is a connection. */
export type LiveSourceOptions = SourceOptions & {
  /** A connection that is silent for longer is given up, and made again. */
  readonly idleMsMax?: number
  /** Heeded where the address names the parameter; without it, what is sent while nobody is connected is lost. */
  readonly since?: SinceOptions
  readonly clock?: Pick<Clock, 'sleep'>
  readonly setAlarm?: SetAlarm
}
