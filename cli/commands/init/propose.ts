import { AppError } from '../../../schemas/errors.ts'
import { contractFile } from './files/contract-file.ts'
import { datasetFile } from './files/dataset-file.ts'
import { queryFiles } from './files/query-files.ts'
import { findKinds } from './infer/find-kinds.ts'
import { findTime } from './infer/find-time.ts'
import { nodeOf } from './infer/nodes.ts'
import { Shape } from './infer/shape.ts'
import type { WrittenObject } from './infer/written-json.ts'
import { planTables } from './plan/plan-tables.ts'
import type { Planned } from './plan/plan-tables.ts'

export type Proposal = {
  /** By path below the dataset's folder. */
  readonly files: Readonly<Record<string, string>>
  readonly time: { readonly path: string; readonly others: readonly string[] }
  readonly tables: Planned['tables']
}

export type ProposeOptions = {
  /** The name of the dataset. */
  readonly name: string
  /** What the events were read from, for the description. */
  readonly origin: string
  /** The topic of the dataset; without it, the one of its name. */
  readonly topic?: string
  /** The path of the event's time, where the caller knows it. */
  readonly time?: string | undefined
}

/**
 * Makes up a dataset that fits the events, the same one for the same events. Throws USAGE where no field can be the
 * event's time.
 */
export function propose(
  events: readonly WrittenObject[],
  { name, origin, topic = name, time: named }: ProposeOptions,
): Proposal {
  const shape = new Shape()
  for (const event of events) shape.add(event)
  const root = nodeOf('event', shape)
  if (root.kind !== 'object') throw new AppError('USAGE', 'an event is an object')
  const time = findTime(root, named)
  if (time === null) throw new AppError('USAGE', timeFault(named))
  const kinds = findKinds(root, events)
  const planned = planTables({ dataset: name, root, time, kinds })
  const count = events.length.toLocaleString('en-US')
  const notes = [
    `Written by tidemark init from ${count} events of ${origin}. What was guessed has a comment; the rest is what the events have in common.`,
  ]
  const contract = contractFile({ dataset: name, root, kinds, notes })
  const dataset = datasetFile({
    name,
    topic,
    contract: contract.name,
    description: `Events like those of ${origin}.`,
    time,
    planned,
  })
  return {
    files: { 'dataset.ts': dataset, 'contract.ts': contract.text, ...queryFiles(planned) },
    time,
    tables: planned.tables,
  }
}

function timeFault(named: string | undefined): string {
  const what =
    'a number of seconds, milliseconds or microseconds since 1970, or a text such as 2017-03-19T12:30:00Z, that no event lacks'
  return named === undefined
    ? `no field looks like the event's time: ${what}. Name it with --time, such as --time meta.created; events without a time of their own need one before they are sent`
    : `--time ${named}: it cannot be the event's time, which is ${what}`
}
