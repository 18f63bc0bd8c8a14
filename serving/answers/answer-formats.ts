import type { IncomingHttpHeaders } from 'node:http'
import Negotiator from 'negotiator'
import { AppError } from '../../schemas/errors.ts'

/** The formats of an answer, by the name that `?format=` takes. A caller with no preference gets the first. */
export const mediaTypes = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
} as const
export type AnswerFormat = keyof typeof mediaTypes

export const formatNames = ['json', 'ndjson', 'csv', 'parquet'] as const satisfies readonly AnswerFormat[]

/**
 * Returns the format that `?format=` names, else the one that `Accept` prefers. Throws NOT_ACCEPTABLE if `Accept` takes
 * none.
 */
export function chooseFormat(named: string | undefined, headers: IncomingHttpHeaders): AnswerFormat {
  if (named !== undefined) return requireFormat(named)
  const type = new Negotiator({ headers: { accept: headers.accept } }).mediaType(Object.values(mediaTypes))
  const format = formatNames.find((name) => mediaTypes[name] === type)
  if (format !== undefined) return format
  const message = `Accept: ${headers.accept} takes none of ${Object.values(mediaTypes).join(', ')}.`
  throw new AppError('NOT_ACCEPTABLE', message, { details: { media_types: Object.values(mediaTypes) } })
}

function requireFormat(named: string): AnswerFormat {
  const format = formatNames.find((name) => name === named)
  if (format !== undefined) return format
  const message = `format: there is no ${named}. The formats are ${formatNames.join(', ')}.`
  throw new AppError('REQUEST_INVALID', message, { details: { formats: formatNames } })
}
