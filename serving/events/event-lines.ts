import { AppError } from '../../schemas/errors.ts'
import { countLines, splitLines } from '../../schemas/split-lines.ts'
import type { Line } from '../../schemas/split-lines.ts'
import { jsonElements } from './json-elements.ts'

/** Lines of a body, or elements of its array. `number` counts them from 1. */
export type BodyLine = Pick<Line, 'number' | 'bytes'>
export type BodyLines = { readonly lines: readonly BodyLine[]; readonly tooLong: readonly number[] }

export const eventTypes = ['application/x-ndjson', 'application/json'] as const
export type EventType = (typeof eventTypes)[number]

export type EventLimits = { readonly eventBytesMax: number; readonly eventsMax: number }

/**
 * Returns each event with the bytes that were sent. `number` counts lines, blank ones too; in an array it counts
 * elements.
 */
export function eventLines(body: Uint8Array, type: EventType, { eventBytesMax, eventsMax }: EventLimits): BodyLines {
  if (type === 'application/json') return byLength(jsonElements(body, { elementsMax: eventsMax }), eventBytesMax)
  if (countLines(body) > eventsMax + 1)
    throw new AppError('BODY_TOO_LARGE', `body: more than ${eventsMax} lines. Send fewer at a time.`)
  return splitLines(body, { lineBytesMax: eventBytesMax })
}

function byLength(elements: readonly Uint8Array[], bytesMax: number): BodyLines {
  const numbered: readonly BodyLine[] = elements.map((bytes, i) => ({ number: i + 1, bytes }))
  return {
    lines: numbered.filter(({ bytes }) => bytes.length <= bytesMax),
    tooLong: numbered.filter(({ bytes }) => bytes.length > bytesMax).map(({ number }) => number),
  }
}
