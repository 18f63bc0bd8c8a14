import type { Line, LineEnd } from '../../schemas/split-lines.ts'
import type { SetAlarm } from '../waiting/alarm.ts'
import type { Clock } from '../waiting/pace.ts'
import type { SinceOptions } from './since.ts'
import type { Frame } from '../framing/split-documents.ts'

/** Where an event ends; `frame` tells apart those of documents, and is absent where each line is an event. */
export type EventEnd = LineEnd & { readonly frame?: Frame | undefined }

/** Lines, or the events of documents. */
export type LineBatch = {
  readonly lines: readonly (Line & EventEnd)[]
  readonly tooLong: readonly number[]
  /** Why nothing more of the origin was taken. */
  readonly broken?: string
  /** The last line of the batch, blank and refused ones included. */
  readonly last: EventEnd
  /** What line numbers count in, for messages: the file, or the object. */
  readonly origin: string
  /** Where to resume after a line of this batch; null where the source cannot. */
  readonly positionAfter: (line: EventEnd) => string | null
}

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
