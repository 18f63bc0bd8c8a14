import { AppError } from '../../schemas/errors.ts'
import { isObject } from '../framing/framing.ts'
import type { LineBatch } from '../framing/line-batch.ts'
import type { LineSource } from './line-source.ts'

/** How many lines of an input are checked before it counts as one without events. */
const linesMax = 1000
const bytesMax = 16 * 1024 * 1024

/**
 * The same source, but it refuses inputs that begin without a JSON object, such as a CSV file: it throws SOURCE_FAILED,
 * which quotes the beginning, before it returns any line. An input that is resumed passed this check before.
 */
export function requireObjects(source: LineSource): LineSource {
  return {
    name: source.name,
    async *read(position, signal) {
      let held: LineBatch[] = []
      let admitted: string | undefined
      let isResumed = position !== null
      for await (const batch of source.read(position, signal)) {
        if (held.length > 0 && held[0]?.origin !== batch.origin) {
          refuseLines(held)
          yield* held
          held = []
        }
        held.push(batch)
        if (isResumed || batch.origin === admitted || batch.lines.some(({ bytes }) => isObject(bytes))) {
          admitted = batch.origin
          isResumed = false
          yield* held
          held = []
        } else if (isEnough(held)) refuseLines(held)
      }
      if (!signal.aborted) refuseLines(held)
      yield* held
    },
  }
}

function isEnough(held: readonly LineBatch[]): boolean {
  const lines = held.flatMap((batch) => batch.lines)
  return lines.length >= linesMax || lines.reduce((sum, { bytes }) => sum + bytes.length, 0) >= bytesMax
}

/** Throws for held lines. An input without lines is empty, which is no fault. */
function refuseLines(held: readonly LineBatch[]): void {
  const lines = held.flatMap((batch) => batch.lines)
  const [first] = lines
  if (first === undefined) return
  const which = lines.length === 1 ? 'its only line is not' : `none of its first ${lines.length} lines is`
  const begins = JSON.stringify(Buffer.from(first.bytes.subarray(0, 60)).toString())
  throw new AppError(
    'SOURCE_FAILED',
    `${held[0]?.origin}: ${which} a JSON object; it begins with ${begins}. Events are objects, one to a line, joined, indented or in an array. tidemark ingest --force appends the lines all the same, to be rejected.`,
  )
}
