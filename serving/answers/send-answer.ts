import type { FastifyReply, FastifyRequest } from 'fastify'
import { mediaTypes } from './answer-formats.ts'
import type { AnswerFormat } from './answer-formats.ts'
import { csvAnswer } from './csv-answer.ts'
import { etagOf, isNoneMatch } from './etag.ts'
import { jsonAnswer, ndjsonAnswer } from './json-answer.ts'
import { parquetAnswer } from './parquet-answer.ts'
import type { ParquetWriter } from './parquet-answer.ts'
import type { Answer } from '../replica/reader.ts'

export type Outgoing = {
  readonly answer: Answer
  readonly format: AnswerFormat
  /** The name, without ending, of the file that formats people save are offered as. */
  readonly fileName: string
  /** Present on pages of a table; null on the last page. */
  readonly nextCursor?: string | null
}

export type AnswerSender = { readonly parquet: ParquetWriter; readonly version: string }

/** Sends the answer in the chosen format, or 304 if the caller already holds the answer of this state. */
export async function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  outgoing: Outgoing & AnswerSender,
): Promise<FastifyReply> {
  const { answer, format, nextCursor, version } = outgoing
  reply.headers({ 'cache-control': 'private, no-cache', vary: 'Accept' })
  if (nextCursor !== undefined && nextCursor !== null)
    reply.header('link', `<${nextUrl(request.url, nextCursor)}>; rel="next"`)
  if (request.method !== 'POST') {
    const etag = etagOf([request.url, format, version], answer.asOf)
    reply.header('etag', etag)
    if (isNoneMatch(request.headers['if-none-match'], etag)) return reply.code(304).send()
  }
  if (format !== 'json') {
    reply.headers({ 'tidemark-as-of': asciiJson(answer.asOf), 'tidemark-truncated': String(answer.isTruncated) })
  }
  if (format === 'csv' || format === 'parquet') {
    reply.header('content-disposition', `attachment; filename="${outgoing.fileName}.${format}"`)
  }
  return reply.type(contentTypes[format]).send(await bodyOf(outgoing))
}

const contentTypes = {
  json: `${mediaTypes.json}; charset=utf-8`,
  ndjson: `${mediaTypes.ndjson}; charset=utf-8`,
  csv: `${mediaTypes.csv}; charset=utf-8; header=present`,
  parquet: mediaTypes.parquet,
} as const satisfies Record<AnswerFormat, string>

async function bodyOf({ answer, format, nextCursor, parquet }: Outgoing & AnswerSender): Promise<string | Uint8Array> {
  switch (format) {
    case 'json':
      return jsonAnswer(answer, nextCursor)
    case 'ndjson':
      return ndjsonAnswer(answer)
    case 'csv':
      return csvAnswer(answer)
    case 'parquet':
      return parquetAnswer(parquet, answer)
  }
}

function nextUrl(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?')
  const parameters = new URLSearchParams(query)
  parameters.set('cursor', cursor)
  return `${path}?${parameters.toString()}`
}

/** A header can hold ASCII only; JSON can write every other character by its code. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
