import type { GeneratedEvent } from '../../schemas/declare/dataset.ts'
import type { Line } from '../../schemas/split-lines.ts'
import type { LineBatch } from '../framing/line-batch.ts'
import type { LineSource } from './line-source.ts'
import { systemClock } from '../waiting/pace.ts'
import type { Clock } from '../waiting/pace.ts'

/** If more events than this are due, they are returned in several batches. */
const batchLinesMax = 1000

/** Real time, because events carry it. */
const wallClock: Clock = { now: () => Date.now(), sleep: (ms, signal) => systemClock.sleep(ms, signal) }

/**
 * Made-up events, each returned when it is due. There is no position to resume at: each read is a new run from
 * `startMs` on.
 */
export function openGeneratorSource(
  name: string,
  generate: (startMs: number) => Iterable<GeneratedEvent>,
  clock: Clock = wallClock,
): LineSource {
  return {
    name,
    async *read(_position, signal): AsyncIterable<LineBatch> {
      const startMs = clock.now()
      let number = 0
      let lines: Line[] = []
      const batch = (): LineBatch => {
        const taken = lines
        lines = []
        const last = taken.at(-1) ?? { number, endByte: 0 }
        return { lines: taken, tooLong: [], last, origin: name, positionAfter: () => null }
      }
      for (const { dueMs, line } of generate(startMs)) {
        const waitMs = startMs + dueMs - clock.now()
        if (lines.length === batchLinesMax || (waitMs > 0 && lines.length > 0)) yield batch()
        if (waitMs > 0) await clock.sleep(waitMs, signal)
        if (signal.aborted) return
        number += 1
        lines.push({ number, endByte: 0, bytes: Buffer.from(line) })
      }
      if (lines.length > 0) yield batch()
    },
  }
}
