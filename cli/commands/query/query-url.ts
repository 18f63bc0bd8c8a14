import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { AppError } from '../../../schemas/errors.ts'
import { mediaTypes } from '../../../serving/answers/answer-formats.ts'
import type { Answer, JsonValue, View } from '../../../serving/replica/reader.ts'
import { views } from '../../../serving/replica/reader.ts'
import { askServer } from './ask-server.ts'
import { findNamedQuery } from './named-query.ts'
import { byPosition, paramCell } from './query-params.ts'
import type { OutputFormat } from '../../output/render-answer.ts'
import { boxAnswer } from '../../output/render-answer.ts'

export type UrlQuery = {
  readonly url: string
  readonly datasets: readonly DefinedDataset[]
  /** A statement, or the name of a dataset's query. */
  readonly asked: { readonly sql: string } | { readonly name: string; readonly dataset: string | undefined }
  readonly params: ReadonlyMap<string, string>
  readonly view: View
  readonly format: OutputFormat
  readonly rowsMax: number | undefined
  readonly keyFile: string | undefined
  readonly widthMax: number | undefined
  readonly signal: AbortSignal
}

/** A row, by column name. Not a zod record, which would leave out a column called `__proto__`. */
const Row = z.custom<Readonly<Record<string, JsonValue>>>((value) => typeof value === 'object' && value !== null)

const AnswerBody = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(Row),
  truncated: z.boolean(),
  as_of: z.object({
    view: z.enum(views),
    datasets: z.record(
      z.string(),
      z.object({
        generation: z.number(),
        tidemark: z.record(z.string(), z.string()),
        speed: z.record(z.string(), z.string()),
        stream_time: z.string().nullable(),
        lag_ms: z.number(),
      }),
    ),
  }),
  elapsed_ms: z.number(),
})

/** Asks a running server. Returns the answer as the server sent it; a box is made from its JSON. */
export async function queryUrl(query: UrlQuery): Promise<string | Uint8Array> {
  const { url, format, keyFile, signal, widthMax } = query
  const accept = mediaTypes[format === 'box' ? 'json' : format]
  const apiKey = keyFile === undefined ? undefined : await readKey(keyFile)
  const response = await askServer({ url, accept, apiKey, signal, ...requestOf(query) })
  if (format !== 'box') return withNewline(new Uint8Array(await response.arrayBuffer()), format)
  return boxAnswer(decodeAnswer(await response.json()), widthMax)
}

function requestOf({ asked, datasets, params, view, rowsMax }: UrlQuery): { path: string; body?: unknown } {
  if ('sql' in asked) {
    const positioned = byPosition(asked.sql, new Map([...params].map(([name, text]) => [name, paramCell(text)])))
    return {
      path: '/v1/sql',
      body: {
        sql: positioned.sql,
        params: positioned.params.map(toJson),
        view,
        ...(rowsMax === undefined ? {} : { max_rows: rowsMax }),
      },
    }
  }
  const { dataset, name } = findNamedQuery(datasets, asked.name, asked.dataset)
  const values = new URLSearchParams([...params, ['view', view]])
  return { path: `/v1/${dataset.name}/queries/${name}?${values.toString()}` }
}

/** JSON numbers are exact up to 2^53 only; beyond it, the engine reads the integer from a text. */
function toJson(cell: unknown): unknown {
  if (typeof cell !== 'bigint') return cell
  return cell >= Number.MIN_SAFE_INTEGER && cell <= Number.MAX_SAFE_INTEGER ? Number(cell) : String(cell)
}

function decodeAnswer(body: unknown): Answer {
  const { columns, rows, truncated, as_of: asOf, elapsed_ms: elapsedMs } = AnswerBody.parse(body)
  return {
    columns,
    rows: rows.map((row) => columns.map(({ name }) => row[name] ?? null)),
    isTruncated: truncated,
    asOf,
    elapsedMs,
  }
}

function withNewline(body: Uint8Array, format: OutputFormat): Uint8Array {
  return format === 'json' ? Buffer.concat([body, Buffer.from('\n')]) : body
}

/** The key comes from a file: every user of the machine can see a command line. */
async function readKey(file: string): Promise<string> {
  const key = (
    await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new AppError('USAGE', `--key-file: ${file} cannot be read`, { cause })
    })
  ).trim()
  if (!/^\S+$/.test(key)) throw new AppError('USAGE', `--key-file: ${file} must hold one key and nothing else`)
  return key
}
