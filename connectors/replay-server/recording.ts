import type { LineSource } from '../sources/line-source.ts'
import type { Pacer } from '../waiting/pace.ts'

/** A recording in memory, with the times of each line. */
export type Recording = {
  readonly lines: readonly Uint8Array[]
  /** Per line, the newest event time up to and including it, in epoch milliseconds. It never falls. */
  readonly newest: readonly number[]
  /** Per line, when it is due, in milliseconds after the first. It never falls. */
  readonly dueMs: readonly number[]
  /** Lines that are left out because they are too long. */
  readonly tooLongCount: number
}

export type RecordingOptions = {
  readonly timeOf: (line: Uint8Array) => number | undefined
  /** Its clock starts at 0. Without a pacer, all lines are due at once. */
  readonly pacer?: Pacer
  readonly signal: AbortSignal
}

const [newline, carriageReturn, space] = [0x0a, 0x0d, 0x20]

export async function loadRecording(
  source: LineSource,
  { timeOf, pacer = () => 0, signal }: RecordingOptions,
): Promise<Recording> {
  const recording = { lines: new Array<Uint8Array>(), newest: new Array<number>(), dueMs: new Array<number>() }
  let [newest, tooLongCount] = [0, 0]
  for await (const { lines, tooLong } of source.read(null, signal)) {
    tooLongCount += tooLong.length
    for (const { bytes: event } of lines) {
      const bytes = onOneLine(event)
      newest = Math.max(newest, timeOf(bytes) ?? 0)
      recording.lines.push(bytes)
      recording.newest.push(newest)
      recording.dueMs.push(pacer(bytes))
    }
  }
  return { ...recording, tooLongCount }
}

/** Makes an indented event one line. Newlines in JSON are white space, since its texts cannot hold any. */
function onOneLine(event: Uint8Array): Uint8Array {
  if (!event.includes(newline)) return event
  return event.map((byte) => (byte === newline || byte === carriageReturn ? space : byte))
}
