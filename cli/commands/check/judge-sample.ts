import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { EventVerdict } from '../../../serving/events/event-verdict.ts'
import { countText } from '../../output/text-columns.ts'
import type { OpenEngine } from '../../parts/plumbing.ts'

/** What the verdict says of a sample. */
export type Judged = {
  readonly events: number
  readonly accepted: number
  /** Why events were rejected, the most frequent reason first. */
  readonly reasons: readonly { readonly reason: string; readonly events: number }[]
}

const linesAtOnceMax = 1000
const engineMemoryBytesMax = 512 * 1024 * 1024

/** Judges events as if they were posted now to a log that stamps them: by the SQL that all layers run. */
export async function judgeSample(
  dataset: DefinedDataset,
  lines: readonly Uint8Array[],
  openEngine: OpenEngine,
): Promise<Judged> {
  const counts = new Map<string, number>()
  const engine = await openEngine(`judge-${process.pid}-${dataset.name}`, engineMemoryBytesMax, 1)
  try {
    const time = { now: () => Date.now(), hasLogTime: async () => true }
    const verdict = new EventVerdict(dataset, await engine.connect(), time)
    await verdict.open()
    for (let first = 0; first < lines.length; first += linesAtOnceMax)
      for (const { reason } of await verdict.rejections(lines.slice(first, first + linesAtOnceMax)))
        counts.set(reason, (counts.get(reason) ?? 0) + 1)
  } finally {
    engine.close()
  }
  const reasons = [...counts]
    .map(([reason, events]) => ({ reason, events }))
    .toSorted((a, b) => b.events - a.events || (a.reason < b.reason ? -1 : 1))
  const rejected = reasons.reduce((sum, { events }) => sum + events, 0)
  return { events: lines.length, accepted: lines.length - rejected, reasons }
}

const reasonsMax = 10

/** One line with the counts, and one for each of the most frequent reasons. */
export function describeJudged({ events, accepted, reasons }: Judged): readonly string[] {
  const more = reasons.length - reasonsMax
  return [
    `accepted ${countText(accepted)} of ${countText(events)}`,
    ...reasons.slice(0, reasonsMax).map((each) => `  rejected ${countText(each.events)}: ${each.reason}`),
    ...(more > 0 ? [`  and ${countText(more)} other reasons`] : []),
  ]
}
