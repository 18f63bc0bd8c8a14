import type { FastifyInstance } from 'fastify'
import { chooseFormat } from '../answer-formats.ts'
import type { AnswerReads } from '../answer-reads.ts'
import { askerOf } from '../asker.ts'
import { findDataset, findQuery } from '../find-named.ts'
import { parameterCells } from '../parameters.ts'
import { queryValues } from '../query-string.ts'
import { readOptions, readParameters } from '../read-options.ts'
import { sendAnswer } from '../send-answer.ts'
import type { ServerDeps } from '../server-deps.ts'

/** The named queries that datasets declare. */
export async function queryRoutes(
  scope: FastifyInstance,
  { deps, reads }: { deps: ServerDeps; reads: AnswerReads },
): Promise<void> {
  const { datasets, limits } = deps

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
    }
    return reads.run({ ...asked, ...readOptions(values, datasets) }, askerOf(request, reply, deps.apiKeys), (answer) =>
      sendAnswer(request, reply, { ...deps, answer, format, fileName: request.params.query }),
    )
  })
}
