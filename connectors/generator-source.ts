import type { GeneratedEvent } from '../schemas/dataset.ts'
import type { Line } from '../schemas/split-lines.ts'
import type { LineBatch, LineSource } from './line-source.ts'
import { systemClock } from './pace.ts'
import type { Clock } from './pace.ts'

/** Reading behind by more than this is handed on in several batches. */
const batchLinesMax = 1000

/** Events that are made up, each when it is due. A run cannot be resumed: another one begins. */
export function openGeneratorSource(
  name: string,
  events: () => Iterable<GeneratedEvent>,
  clock: Clock = systemClock,
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
        return {
          lines: taken,
          tooLong: [],
          last: taken.at(-1) ?? { number, endByte: 0 },
          origin: name,
          positionAfter: () => null,
        }
      }
      for (const { dueMs, line } of events()) {
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
