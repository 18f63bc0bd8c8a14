import type { LineSource } from './line-source.ts'
import type { Pacer } from './pace.ts'

/** A recording, held in memory, with what is asked of each line. */
export type Recording = {
  readonly lines: readonly Uint8Array[]
  /** The newest event time up to and including each line; it never falls. Epoch milliseconds. */
  readonly newest: readonly number[]
  /** When each line is due, in milliseconds after the first; it never falls. */
  readonly dueMs: readonly number[]
  /** Lines left out, because they are longer than the source allows. */
  readonly tooLongCount: number
}

export type RecordingOptions = {
  readonly timeOf: (line: Uint8Array) => number | undefined
  /** Counts from 0. Without one, everything is due at once. */
  readonly pacer?: Pacer
  readonly signal: AbortSignal
}

export async function loadRecording(
  source: LineSource,
  { timeOf, pacer = () => 0, signal }: RecordingOptions,
): Promise<Recording> {
  const recording = { lines: new Array<Uint8Array>(), newest: new Array<number>(), dueMs: new Array<number>() }
  let [newest, tooLongCount] = [0, 0]
  for await (const { lines, tooLong } of source.read(null, signal)) {
    tooLongCount += tooLong.length
    for (const { bytes } of lines) {
      newest = Math.max(newest, timeOf(bytes) ?? 0)
      recording.lines.push(bytes)
      recording.newest.push(newest)
      recording.dueMs.push(pacer(bytes))
    }
  }
  return { ...recording, tooLongCount }
}
