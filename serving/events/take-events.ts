import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import type { EventLog, OffsetRange } from '../../schemas/ports/log.ts'
import type { BodyLines } from './event-lines.ts'
import type { Verdict } from './event-verdict.ts'

export type Rejection = { readonly line: number; readonly reason: string }

export type Taken = {
  readonly accepted: number
  readonly rejected: number
  readonly rejections: readonly Rejection[]
  /** The offsets of this call's records, by `topic/partition`. A read with `after` sees them. */
  readonly offsets: Readonly<Record<string, { readonly first: string; readonly next: string }>>
}

export type EventTaker = {
  readonly log: Pick<EventLog, 'append'>
  readonly verdict: Verdict
  readonly eventBytesMax: number
}

/**
 * Judges all lines, then appends them, so that a caller who gets an error may send everything again. Rejected lines are
 * appended too; only lines over the limit are not. The events are durable when it resolves.
 */
export async function takeEvents(
  dataset: DefinedDataset,
  { lines, tooLong }: BodyLines,
  taker: EventTaker,
): Promise<Taken> {
  if (lines.length === 0 && tooLong.length > 0) throw allTooLong(tooLong, taker.eventBytesMax)
  const values = lines.map(({ bytes }) => bytes)
  const judged = values.length === 0 ? [] : await taker.verdict.rejections(values)
  const ranges =
    values.length === 0
      ? new Map()
      : await taker.log.append(
          dataset.topic,
          values.map((value) => ({ key: null, value })),
        )
  const rejections = [
    ...judged.map(({ index, reason }) => ({ line: lines[index]?.number ?? 0, reason })),
    ...tooLong.map((line) => ({
      line,
      reason: `event: longer than ${taker.eventBytesMax} bytes, it is not in the log`,
    })),
  ].toSorted((a, b) => a.line - b.line)
  return {
    accepted: lines.length - judged.length,
    rejected: rejections.length,
    rejections,
    offsets: offsetsJson(dataset.topic, ranges),
  }
}

function allTooLong(tooLong: readonly number[], eventBytesMax: number): AppError {
  const message = `No event was taken: every line is longer than ${eventBytesMax} bytes.`
  return new AppError('EVENT_TOO_LARGE', message, { details: { lines: tooLong, event_bytes_max: eventBytesMax } })
}

function offsetsJson(topic: string, ranges: ReadonlyMap<number, OffsetRange>): Taken['offsets'] {
  return Object.fromEntries(
    [...ranges]
      .toSorted(([a], [b]) => a - b)
      .map(([partition, { firstOffset, nextOffset }]) => [
        `${topic}/${partition}`,
        { first: String(firstOffset), next: String(nextOffset) },
      ]),
  )
}
