import { z } from 'zod'
import type { DefinedDataset } from '../schemas/define-dataset.ts'
import { AppError } from '../schemas/errors.ts'
import { latest } from '../schemas/tidemark.ts'
import type { Positions } from '../schemas/tidemark.ts'

const Offset = z.union([z.string().regex(/^\d{1,19}$/), z.int().min(0)]).transform((offset) => BigInt(offset))

/** `{"rsvp/0":"1541"}`, or the `offsets` that a POST of events answered: `{"rsvp/0":{"first":"1540","next":"1541"}}`. */
const After = z.record(z.string(), z.union([Offset, z.object({ next: Offset }).transform(({ next }) => next)]))

export type After = ReadonlyMap<string, Positions>

export const noAfter: After = new Map()

export function parseAfterText(text: string, datasets: readonly DefinedDataset[]): After {
  try {
    return parseAfter(JSON.parse(text), datasets)
  } catch (cause) {
    if (cause instanceof SyntaxError)
      throw new AppError('REQUEST_INVALID', `after: not JSON. ${expected(datasets)}`, { cause })
    throw cause
  }
}

/** Throws REQUEST_INVALID for a form that is neither, and for a topic that no dataset has. */
export function parseAfter(value: unknown, datasets: readonly DefinedDataset[]): After {
  const parsed = After.safeParse(value)
  if (!parsed.success)
    throw new AppError('REQUEST_INVALID', `after: ${z.prettifyError(parsed.error)}. ${expected(datasets)}`)
  const after = new Map<string, Positions>()
  for (const [name, offset] of Object.entries(parsed.data)) {
    const { topic, partition } = parseName(name, datasets)
    after.set(topic, latest(after.get(topic) ?? new Map(), new Map([[partition, offset]])))
  }
  return after
}

function parseName(name: string, datasets: readonly DefinedDataset[]): { topic: string; partition: number } {
  const [, topic = '', partition = ''] = /^(.*)\/(\d{1,6})$/.exec(name) ?? []
  if (!datasets.some((dataset) => dataset.topic === topic)) {
    throw new AppError('REQUEST_INVALID', `after: ${name} is no partition of a topic here. ${expected(datasets)}`)
  }
  return { topic, partition: Number(partition) }
}

function expected(datasets: readonly DefinedDataset[]): string {
  const topics = datasets.map(({ topic }) => topic).join(', ')
  return `Expected {"TOPIC/PARTITION":"OFFSET"} or the offsets that a POST of events answered. Topics: ${topics}.`
}
