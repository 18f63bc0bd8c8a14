import type { Line, LineEnd } from '../../schemas/split-lines.ts'
import type { Frame } from './split-documents.ts'

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
