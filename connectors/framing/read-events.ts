import { type LineEnd, LineSplitter, type SplitResult } from '../../schemas/split-lines.ts'
import { framingOf } from './framing.ts'
import type { EventEnd } from './line-batch.ts'
import { streamStart } from './ndjson-stream.ts'
import { DocumentSplitter } from './split-documents.ts'

export type ReadEventsOptions = {
  readonly eventBytesMax: number
  /**
   * The last event before those to read. `streamStart` reads from the beginning, and finds out how events are framed.
   */
  readonly after: EventEnd
  /** Bytes at the start of `chunks` to skip, since they were read before. */
  readonly skipBytes: number
}

export type EventBatch = {
  readonly lines: readonly (SplitResult['lines'][number] & EventEnd)[]
  readonly tooLong: readonly number[]
  readonly last: EventEnd
  /** Why the rest of the input is not taken. */
  readonly broken?: string
  /** True for the last batch. */
  readonly isEnd: boolean
}

/** Bytes of white space around the first event, beyond which the framing is decided without seeing more. */
const spaceBytesMax = 64 * 1024

/** Returns the events of a file as they become complete, however the file frames them. */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  { eventBytesMax, after, skipBytes }: ReadEventsOptions,
): AsyncGenerator<EventBatch> {
  let head: Uint8Array = new Uint8Array(0)
  let splitter = after.number === 0 ? undefined : splitterOf(after, eventBytesMax)
  for await (const chunk of withoutFirst(chunks, skipBytes)) {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    splitter ??= chosenSplitter(head, { eventBytesMax, isAll: head.length > eventBytesMax + spaceBytesMax })
    if (splitter === undefined) continue
    yield { ...splitter.push(head), last: splitter.last, isEnd: false }
    head = new Uint8Array(0)
  }
  splitter ??= chosenSplitter(head, { eventBytesMax, isAll: true }) ?? splitterOf(streamStart, eventBytesMax)
  if (head.length > 0) yield { ...splitter.push(head), last: splitter.last, isEnd: false }
  yield { ...splitter.end(), last: splitter.last, isEnd: true }
}

type Splitter = {
  readonly last: EventEnd
  push(chunk: Uint8Array): Omit<EventBatch, 'last' | 'isEnd'>
  end(): Omit<EventBatch, 'last' | 'isEnd'>
}

/** Returns undefined if it needs more of the input. An input longer than the longest event is enough. */
function chosenSplitter(
  head: Uint8Array,
  { eventBytesMax, isAll }: { readonly eventBytesMax: number; readonly isAll: boolean },
): Splitter | undefined {
  const framing = framingOf(head, isAll)
  if (framing === null) return undefined
  return splitterOf(framing === 'lines' ? streamStart : { ...streamStart, frame: 'outside' }, eventBytesMax)
}

function splitterOf(after: EventEnd, eventBytesMax: number): Splitter {
  const { number, endByte, frame } = after
  return frame === undefined
    ? new LineSplitter({ lineBytesMax: eventBytesMax, after: { number, endByte } satisfies LineEnd })
    : new DocumentSplitter({ eventBytesMax, after: { number, endByte, frame } })
}

async function* withoutFirst(chunks: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let toSkip = bytes
  for await (const chunk of chunks) {
    const skipped = Math.min(toSkip, chunk.length)
    toSkip -= skipped
    if (skipped < chunk.length) yield chunk.subarray(skipped)
  }
}
