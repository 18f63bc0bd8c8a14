import type { Line, LineEnd, SplitResult } from '../../schemas/split-lines.ts'
import { byteOf, isSpace, ValueScan } from './json-bytes.ts'

/** Where in its input an event ends: in an array or outside of one. */
export const frames = ['array', 'outside'] as const
export type Frame = (typeof frames)[number]

/** `number` counts events. `endByte` is right after the event, before the bytes that separate it from the next. */
export type DocumentEnd = LineEnd & { readonly frame: Frame }

export type DocumentResult = SplitResult & {
  readonly lines: readonly (Line & DocumentEnd)[]
  /** Why the rest of the input is not taken. */
  readonly broken?: string
}

/** What may come next. */
type Expected = 'value' | 'elementOrEnd' | 'element' | 'commaOrEnd'

const byteOrderMark = [0xef, 0xbb, 0xbf]

/**
 * Splits a stream of objects, and of arrays of objects, into events: the bytes of each from its first brace to its
 * last. The chunks may end anywhere. Only brackets and texts are told apart here; whether an event is JSON is for the
 * verdict. If anything else stands between events, or the input ends within one, the rest is broken, because nobody
 * knows where the next event begins. Keeps one incomplete event of at most `eventBytesMax` bytes.
 */
export class DocumentSplitter {
  readonly #eventBytesMax: number
  #last: DocumentEnd
  #expected: Expected
  #offset: number
  /** The scan of the incomplete event. */
  #scan: ValueScan | undefined
  #held: Uint8Array[] = []
  #heldBytes = 0
  #isBroken = false

  /** `after` is the last event before the first chunk. */
  constructor({ eventBytesMax, after }: { readonly eventBytesMax: number; readonly after: DocumentEnd }) {
    this.#eventBytesMax = eventBytesMax
    this.#last = after
    this.#offset = after.endByte
    this.#expected = after.frame === 'array' ? 'commaOrEnd' : 'value'
  }

  /** The newest complete event, those that are too long included. */
  get last(): DocumentEnd {
    return this.#last
  }

  push(chunk: Uint8Array): DocumentResult {
    const result = { lines: [], tooLong: [] }
    let at = 0
    while (at < chunk.length && !this.#isBroken) {
      if (this.#scan === undefined) {
        const fault = this.#between(chunk[at] ?? 0, this.#offset + at)
        if (fault !== undefined) return { ...result, broken: this.#break(fault) }
        if (this.#scan === undefined) at += 1
      } else {
        const end = this.#scan.end(chunk, at)
        this.#hold(chunk.subarray(at, end === -1 ? chunk.length : end))
        at = end === -1 ? chunk.length : end
        if (end !== -1) this.#complete(this.#offset + end, result)
      }
    }
    this.#offset += chunk.length
    return result
  }

  end(): DocumentResult {
    const nothing = { lines: [], tooLong: [] }
    if (this.#isBroken || (this.#scan === undefined && this.#expected === 'value')) return nothing
    const what = this.#scan === undefined ? 'its array is not closed' : 'it is cut off'
    return { ...nothing, broken: this.#break(what) }
  }

  /** Takes a byte between events: it begins an event, is skipped, or is a fault, which is returned. */
  #between(byte: number, offset: number): string | undefined {
    if (isSpace(byte) || (offset < byteOrderMark.length && byte === byteOrderMark[offset])) return undefined
    const expected = this.#expected
    if (expected === 'commaOrEnd' || expected === 'elementOrEnd') {
      if (byte === byteOf.closeBracket) {
        this.#expected = 'value'
        return undefined
      }
      if (expected === 'commaOrEnd') {
        this.#expected = 'element'
        return byte === byteOf.comma ? undefined : 'there is no comma'
      }
    }
    if (expected === 'value' && byte === byteOf.openBracket) {
      this.#expected = 'elementOrEnd'
      return undefined
    }
    // Any element of an array is taken, so that the verdict rejects one that is no event. But there must be an element.
    const isNothing = byte === byteOf.comma || byte === byteOf.closeBracket || byte === byteOf.closeBrace
    if (isNothing || (expected === 'value' && byte !== byteOf.openBrace)) return 'there is no object'
    this.#scan = new ValueScan()
    return undefined
  }

  #complete(endByte: number, into: { lines: (Line & DocumentEnd)[]; tooLong: number[] }): void {
    const [bytes, held] = [this.#heldBytes, this.#held]
    const frame = this.#expected === 'value' ? 'outside' : 'array'
    this.#last = { number: this.#last.number + 1, endByte, frame }
    this.#expected = frame === 'array' ? 'commaOrEnd' : 'value'
    this.#scan = undefined
    this.#held = []
    this.#heldBytes = 0
    if (bytes > this.#eventBytesMax) into.tooLong.push(this.#last.number)
    else into.lines.push({ ...this.#last, bytes: withoutSpace(joined(held)) })
  }

  #hold(part: Uint8Array): void {
    this.#heldBytes += part.length
    if (this.#heldBytes > this.#eventBytesMax) this.#held = []
    else this.#held.push(part)
  }

  #break(what: string): string {
    this.#isBroken = true
    this.#held = []
    return `${what}, after event ${this.#last.number}, which ends at byte ${this.#last.endByte}: the rest is not taken`
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}

/** An element without brackets ends at the next comma or bracket, so white space before that is cut off. */
function withoutSpace(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (isSpace(bytes[end - 1])) end -= 1
  return bytes.subarray(0, end)
}
