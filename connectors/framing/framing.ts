import { withoutMark } from '../../schemas/split-lines.ts'
import { byteOf, isSpace, ValueScan } from './json-bytes.ts'

/** `lines`: each line is an event. `documents`: objects, or arrays of objects, in any layout. */
export type Framing = 'lines' | 'documents'

/** UTF-8's byte order mark. */
const mark = [0xef, 0xbb, 0xbf] as const

/**
 * Decides from the beginning of an input how it separates events; null if it needs more of the input. An input is lines
 * unless it begins with a whole object, or an array of one, that is not a line: it has several lines, or another object
 * follows on its line. So a bad event in an input of lines spoils only its own line.
 */
export function framingOf(head: Uint8Array, isAll: boolean): Framing | null {
  if (!isAll && head.length < mark.length && head.every((byte, index) => byte === mark[index])) return null
  const bytes = withoutMark(head)
  const undecided = isAll ? 'lines' : null
  const start = skipSpace(bytes, 0)
  if (bytes[start] === byteOf.openBrace) return framingOfObject(bytes, start, undecided)
  if (bytes[start] === byteOf.openBracket) return framingOfArray(bytes, start, undecided)
  return start === bytes.length ? undecided : 'lines'
}

function framingOfObject(bytes: Uint8Array, start: number, undecided: Framing | null): Framing | null {
  const end = new ValueScan().end(bytes, start)
  if (end === -1) return undecided
  const object = bytes.subarray(start, end)
  if (!isObject(object)) return 'lines'
  if (object.includes(byteOf.newline)) return 'documents'
  const next = skipSpace(bytes, end)
  if (bytes.subarray(end, next).includes(byteOf.newline)) return 'lines'
  if (next === bytes.length) return undecided
  return bytes[next] === byteOf.openBrace ? 'documents' : 'lines'
}

function framingOfArray(bytes: Uint8Array, start: number, undecided: Framing | null): Framing | null {
  const first = skipSpace(bytes, start + 1)
  const end = new ValueScan().end(bytes, first)
  if (first === bytes.length || end === -1) return undecided
  const isEmpty = bytes[first] === byteOf.closeBracket
  if (!isEmpty && !isObject(bytes.subarray(first, end))) return 'lines'
  const arrayEnd = new ValueScan().end(bytes, start)
  const lineEnd = bytes.indexOf(byteOf.newline, end)
  if (arrayEnd !== -1 && (lineEnd === -1 || arrayEnd <= lineEnd))
    return framingBehindArray(bytes, skipSpace(bytes, arrayEnd), undecided)
  // An array that is open at the end of its line has several lines.
  if (lineEnd === -1 && undecided === null) return null
  const next = bytes[skipSpace(bytes, end)]
  if (next === undefined) return undecided === null ? null : 'documents'
  return next === byteOf.comma || next === byteOf.closeBracket ? 'documents' : 'lines'
}

/** The end of a line that was cut at its beginning may look like an array, too. */
function framingBehindArray(bytes: Uint8Array, next: number, undecided: Framing | null): Framing | null {
  if (next === bytes.length) return undecided === null ? null : 'documents'
  return bytes[next] === byteOf.openBracket || bytes[next] === byteOf.openBrace ? 'documents' : 'lines'
}

/** True if the bytes are one JSON object and nothing else. */
export function isObject(bytes: Uint8Array): boolean {
  if (bytes[skipSpace(bytes, 0)] !== byteOf.openBrace) return false
  try {
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
    return true
  } catch {
    return false
  }
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && isSpace(bytes[at])) at += 1
  return at
}
