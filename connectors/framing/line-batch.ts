import type { Line, LineEnd } from '../../schemas/split-lines.ts'
import type { Frame } from './split-documents.ts'

/** Where an event ends. `frame` says where in a document, and is absent if each line is an event. */
export type EventEnd = LineEnd & { readonly frame?: Frame | undefined }

/** Lines, or the events of documents. */
export type LineBatch = {
  readonly lines: readonly (Line & EventEnd)[]
  readonly tooLong: readonly number[]
  /** Why the rest of the origin is not taken. */
  readonly broken?: string
  /** The last line of the batch, blank and refused ones included. */
  readonly last: EventEnd
  /** The file or object whose lines are numbered, for messages. */
  readonly origin: string
  /** The position to resume at after a line of this batch; null if the source cannot resume. */
  readonly positionAfter: (line: EventEnd) => string | null
}
