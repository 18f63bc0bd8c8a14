import { createHash } from 'node:crypto'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Cell } from '../../schemas/ports/engine.ts'
import { AppError } from '../../schemas/errors.ts'
import { parametersTaken } from '../../schemas/declare/feed-parameters.ts'
import { durationMs } from '../requests/duration.ts'
import { findFeed, findQuery } from '../requests/find-named.ts'
import { jsonText } from '../answers/json-answer.ts'
import { parameterCells } from '../requests/parameters.ts'
import type { View } from '../replica/reader.ts'

export type FeedStatement = {
  readonly answer: string
  readonly sql: string
  readonly params: Readonly<Record<string, Cell>>
}

/** A feed with all that chooses its answers. Equal requests have equal keys, however their parameters were written. */
export type FeedRequest = {
  readonly key: string
  readonly dataset: string
  readonly feed: string
  readonly view: View
  readonly statements: readonly FeedStatement[]
}

export const feedIntervalMs = { min: 250, max: 60 * 60 * 1000, default: 1000 } as const

/** Throws NOT_FOUND for an unknown feed, REQUEST_INVALID for a value that a query does not take. */
export function feedRequest(
  dataset: DefinedDataset,
  { feed, view, values }: { readonly feed: string; readonly view: View; readonly values: ReadonlyMap<string, string> },
): FeedRequest {
  const declared = findFeed(dataset, feed)
  const statements = Object.entries(declared.answers).map(([answer, { query, parameters = {} }]) => {
    const named = findQuery(dataset, query)
    const given = parametersTaken(declared, answer, dataset.queries).flatMap((name) => {
      const value = values.get(name)
      return value === undefined ? [] : [[name, value] as const]
    })
    const params = parameterCells(named, new Map([...given, ...Object.entries(parameters)]))
    return { answer, sql: named.sql, params }
  })
  const chosen = [dataset.name, feed, view, statements.map(({ answer, params }) => [answer, Object.entries(params)])]
  const key = createHash('sha256').update(jsonText(chosen)).digest('base64url')
  return { key, dataset: dataset.name, feed, view, statements }
}

/** Returns the least time between two messages that a subscriber asks for, in ms. */
export function parseInterval(text: string | undefined): number {
  const { min, max, default: otherwise } = feedIntervalMs
  if (text === undefined) return otherwise
  const ms = durationMs(text)
  if (ms !== null && ms >= min && ms <= max) return ms
  throw new AppError(
    'REQUEST_INVALID',
    `interval: expected a duration from ${min} ms to ${max} ms, as ISO 8601 (PT2S) or like 500ms, 2s, 1m.`,
  )
}
