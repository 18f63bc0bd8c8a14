import { z } from 'zod'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import { latest } from '../../schemas/formats/tidemark.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { parseExactJson } from './exact-json.ts'

const Offset = z
  .union([z.string().regex(/^\d{1,19}$/), z.int().min(0), z.bigint().min(0n)])
  .transform((offset) => BigInt(offset))

/**
 * An offset, such as `"1541"`, or a range such as `{"first":"1540","next":"1541"}` from the `offsets` that a POST of
 * events returned.
 */
const Position = z.union([Offset, z.object({ next: Offset }).transform(({ next }) => next)])

export type After = ReadonlyMap<string, Positions>

export const noAfter: After = new Map()

export function parseAfterText(text: string, datasets: readonly DefinedDataset[]): After {
  try {
    return parseAfter(parseExactJson(text), datasets)
  } catch (cause) {
    if (cause instanceof SyntaxError)
      throw new AppError('REQUEST_INVALID', `after: not JSON. ${expected(datasets)}`, { cause })
    throw cause
  }
}

/**
 * Parses positions by `topic/partition`. Throws REQUEST_INVALID for another form, and for a topic of no dataset. Not a
 * zod record, which would silently leave out `__proto__`.
 */
export function parseAfter(value: unknown, datasets: readonly DefinedDataset[]): After {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AppError('REQUEST_INVALID', `after: not an object. ${expected(datasets)}`)
  const after = new Map<string, Positions>()
  for (const [name, position] of Object.entries(value)) {
    const { topic, partition } = parseName(name, datasets)
    const parsed = Position.safeParse(position)
    if (!parsed.success)
      throw new AppError('REQUEST_INVALID', `after: ${name} is given no offset. ${expected(datasets)}`)
    after.set(topic, latest(after.get(topic) ?? new Map(), new Map([[partition, parsed.data]])))
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
  return `Expected {"TOPIC/PARTITION":"OFFSET"} or the offsets that a POST of events returned. Topics: ${topics}.`
}
