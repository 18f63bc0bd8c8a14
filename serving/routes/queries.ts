import type { FastifyInstance } from 'fastify'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { readParameters } from '../../schemas/declare/reserved-words.ts'
import { chooseFormat } from '../answers/answer-formats.ts'
import type { AnswerReads } from '../requests/answer-reads.ts'
import { askerOf } from '../requests/asker.ts'
import { findDataset, findQuery } from '../requests/find-named.ts'
import { parameterCells } from '../requests/parameters.ts'
import { queryValues } from '../http/query-string.ts'
import { readOptions } from '../requests/read-options.ts'
import { sendAnswer } from '../answers/send-answer.ts'
import type { AnswerSender } from '../answers/send-answer.ts'
import type { ApiKey } from '../http/api-keys.ts'

type QueryRouteDeps = AnswerSender & {
  readonly datasets: readonly DefinedDataset[]
  readonly reads: AnswerReads
  readonly limits: { readonly rowsMax: number }
  readonly apiKeys: readonly ApiKey[] | null
}

/** The named queries of all datasets. */
export async function queryRoutes(
  scope: FastifyInstance,
  { datasets, reads, limits, apiKeys, ...sender }: QueryRouteDeps,
): Promise<void> {
  scope.get<{ Params: { dataset: string; query: string } }>('/v1/:dataset/queries/:query', async (request, reply) => {
    const dataset = findDataset(datasets, request.params.dataset)
    const query = findQuery(dataset, request.params.query)
    const values = queryValues(request.query, [...Object.keys(query.parameters), ...readParameters])
    const format = chooseFormat(values.get('format'), request.headers)
    const asked = {
      sql: query.sql,
      params: parameterCells(query, values),
      dataset: dataset.name,
      rowsMax: limits.rowsMax,
      // Converting takes a turn.
      mayShare: format !== 'parquet',
    }
    return reads.run({ ...asked, ...readOptions(values, datasets) }, askerOf(request, reply, apiKeys), (answer) =>
      sendAnswer(request, reply, { ...sender, answer, format, fileName: request.params.query }),
    )
  })
}
