import type { IngestProgress, NotTaken } from '../../../connectors/ingest/ingest.ts'

/**
 * Describes how many events were received, appended and judged so far. Of a bulk load only the first events are judged.
 */
export function describeProgress({ received, appended, refused, judged }: IngestProgress): string {
  return `${received} received, ${refused} too long, ${appended} appended${describeJudged(judged, appended)}`
}

function describeJudged(judged: IngestProgress['judged'], appended: number): string {
  if (judged === undefined) return ''
  const count = judged.accepted + judged.rejected
  const which = count < appended ? ` the first ${count}:` : ''
  return `:${which} ${judged.accepted} accepted, ${judged.rejected} rejected`
}

/** Returns the lines that follow the counts. */
export function notesOf({ refused, broken, judged }: IngestProgress, dataset: string): readonly string[] {
  const rejected = judged?.rejected ?? 0
  return [
    ...(rejected === 0 ? [] : [`Rejected events are in the log; tidemark rejected --dataset ${dataset} says why.`]),
    ...(refused === 0 ? [] : [`NOT taken: ${count(refused, 'event')} too long.`]),
    ...(broken === 0 ? [] : [`NOT taken: the rest of ${count(broken, 'input')} from where the JSON is broken.`]),
  ]
}

/** Describes for the log which event or input was not taken. */
export function describeNotTaken({ origin, unit, number, broken }: NotTaken, eventBytesMax: number) {
  return broken === null
    ? { message: `longer than ${eventBytesMax} bytes, not taken`, facts: { origin, [unit]: number } }
    : { message: broken, facts: { origin } }
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`
}
