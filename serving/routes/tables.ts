import type { FastifyInstance } from 'fastify'
import { chooseFormat } from '../answers/answer-formats.ts'
import type { AnswerReads } from '../requests/answer-reads.ts'
import { askerOf } from '../requests/asker.ts'
import { findDataset, findTable } from '../requests/find-named.ts'
import { integerValue, queryValues } from '../http/query-string.ts'
import { readOptions, readParameters } from '../requests/read-options.ts'
import { sendAnswer } from '../answers/send-answer.ts'
import type { ServerDeps } from '../server-deps.ts'
import { nextCursor, pageSql } from '../requests/table-page.ts'

export const pageRowsDefault = 100

/** Pages of a table in the order of its key. */
export async function tableRoutes(
  scope: FastifyInstance,
  { deps, reads }: { deps: ServerDeps; reads: AnswerReads },
): Promise<void> {
  const { datasets, limits } = deps

  scope.get<{ Params: { dataset: string; table: string } }>('/v1/:dataset/tables/:table', async (request, reply) => {
    const dataset = findDataset(datasets, request.params.dataset)
    const { table } = request.params
    findTable(dataset, table)
    const values = queryValues(request.query, ['limit', 'cursor', ...readParameters])
    const format = chooseFormat(values.get('format'), request.headers)
    const limit = integerValue(values.get('limit'), {
      name: 'limit',
      min: 1,
      max: limits.rowsMax,
      otherwise: Math.min(pageRowsDefault, limits.rowsMax),
    })
    const page = { dataset, table, limit, cursor: values.get('cursor') ?? null }
    const read = { ...pageSql(page), ...readOptions(values, datasets), dataset: dataset.name, rowsMax: limit }
    return reads.run(read, askerOf(request, reply, deps.apiKeys), (answer) =>
      sendAnswer(request, reply, { ...deps, answer, format, fileName: table, nextCursor: nextCursor(page, answer) }),
    )
  })
}
