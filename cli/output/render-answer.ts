import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import { AppError } from '../../schemas/errors.ts'
import { withEngine } from '../../schemas/ports/engine.ts'
import { formatNames } from '../../serving/answers/answer-formats.ts'
import { csvAnswer } from '../../serving/answers/csv-answer.ts'
import { jsonAnswer, ndjsonAnswer } from '../../serving/answers/json-answer.ts'
import { parquetAnswer } from '../../serving/answers/parquet-answer.ts'
import type { Answer, JsonValue } from '../../serving/replica/reader.ts'
import { boxTable } from './box-table.ts'

export const outputFormats = ['box', ...formatNames] as const
export type OutputFormat = (typeof outputFormats)[number]

const numberTypes = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\))$/

/**
 * Returns the named format; if none is named, a box on a terminal, else JSON. Throws for Parquet on a terminal, because
 * it is not text.
 */
export function chooseOutput(named: string | undefined, isTerminal: boolean): OutputFormat {
  const format = named === undefined ? (isTerminal ? 'box' : 'json') : outputFormats.find((name) => name === named)
  if (format === undefined)
    throw new AppError('USAGE', `--format: there is no ${named}; there are ${outputFormats.join(', ')}`)
  if (format === 'parquet' && isTerminal)
    throw new AppError(
      'USAGE',
      '--format parquet is not for a terminal: send it to a file, tidemark query ... > answer.parquet',
    )
  return format
}

export type Rendering = {
  readonly format: OutputFormat
  readonly widthMax: number | undefined
  readonly openEngine: () => Promise<DuckDbEngine>
  readonly workFolder: string
}

export async function renderAnswer(
  answer: Answer,
  { format, widthMax, openEngine, workFolder }: Rendering,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'box':
      return boxAnswer(answer, widthMax)
    case 'json':
      return `${jsonAnswer(answer, undefined)}\n`
    case 'ndjson':
      return ndjsonAnswer(answer)
    case 'csv':
      return csvAnswer(answer)
    case 'parquet':
      return await withEngine(openEngine, (engine) => parquetAnswer({ engine, workFolder }, answer))
  }
}

/** Returns the rows with their number and the state that they were read at. */
export function boxAnswer(
  { columns, rows, isTruncated, asOf, elapsedMs }: Answer,
  widthMax: number | undefined,
): string {
  const table = boxTable(
    columns.map(({ name, type }) => ({ name, isNumber: numberTypes.test(type) })),
    rows.map((row) => row.map(cellText)),
    widthMax === undefined ? {} : { widthMax },
  )
  const count = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${isTruncated ? ', and more that --max-rows cut off' : ''}`
  const stands = Object.entries(asOf.datasets).map(
    ([dataset, { generation, speed }]) =>
      `${dataset} generation ${generation}, log up to ${
        Object.entries(speed)
          .map(([partition, offset]) => `${partition}@${offset}`)
          .join(' ') || 'its start'
      }`,
  )
  return `${table}${count} in ${elapsedMs} ms · ${asOf.view} view · ${stands.join(' · ')}\n`
}

function cellText(value: JsonValue): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
