import type { FastifyInstance } from 'fastify'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { readParameters } from '../../schemas/declare/reserved-words.ts'
import { chooseFormat } from '../answers/answer-formats.ts'
import type { AnswerReads } from '../requests/answer-reads.ts'
import { askerOf } from '../requests/asker.ts'
import { findDataset, findTable } from '../requests/find-named.ts'
import { integerValue, queryValues } from '../http/query-string.ts'
import { readOptions } from '../requests/read-options.ts'
import { sendAnswer } from '../answers/send-answer.ts'
import type { AnswerSender } from '../answers/send-answer.ts'
import type { ApiKey } from '../http/api-keys.ts'
import { nextCursor, pageRowsDefault, pageSql } from '../requests/table-page.ts'

type TableRouteDeps = AnswerSender & {
  readonly datasets: readonly DefinedDataset[]
  readonly reads: AnswerReads
  readonly limits: { readonly rowsMax: number }
  readonly apiKeys: readonly ApiKey[] | null
}

/** Pages of a table, ordered by its key. */
export async function tableRoutes(
  scope: FastifyInstance,
  { datasets, reads, limits, apiKeys, ...sender }: TableRouteDeps,
): Promise<void> {
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
    const read = {
      ...pageSql(page),
      ...readOptions(values, datasets),
      dataset: dataset.name,
      rowsMax: limit,
      mayShare: format !== 'parquet',
    }
    return reads.run(read, askerOf(request, reply, apiKeys), (answer) =>
      sendAnswer(request, reply, { ...sender, answer, format, fileName: table, nextCursor: nextCursor(page, answer) }),
    )
  })
}
