import type { FastifyInstance } from 'fastify'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { chooseFormat } from '../answers/answer-formats.ts'
import type { AnswerReads } from '../requests/answer-reads.ts'
import { askerOf } from '../requests/asker.ts'
import { bodyBytes, takeBodies } from '../http/content-type.ts'
import { queryValues } from '../http/query-string.ts'
import { sendAnswer } from '../answers/send-answer.ts'
import type { AnswerSender } from '../answers/send-answer.ts'
import type { ApiKey } from '../http/api-keys.ts'
import { parseSqlRequest } from '../requests/sql-request.ts'
import type { SqlLimits } from '../requests/sql-request.ts'

type SqlRouteDeps = AnswerSender & {
  readonly datasets: readonly DefinedDataset[]
  readonly reads: AnswerReads
  readonly limits: SqlLimits
  readonly apiKeys: readonly ApiKey[] | null
}

const sqlBodyBytesMax = 1024 * 1024

/** Ad-hoc SQL. The reader judges what a statement may do. */
export async function sqlRoutes(
  scope: FastifyInstance,
  { datasets, reads, limits, apiKeys, ...sender }: SqlRouteDeps,
): Promise<void> {
  takeBodies(scope, ['application/json'])

  scope.post('/v1/sql', { bodyLimit: sqlBodyBytesMax }, async (request, reply) => {
    const values = queryValues(request.query, ['format'])
    const format = chooseFormat(values.get('format'), request.headers)
    const read = parseSqlRequest(bodyBytes(request), datasets, limits)
    return reads.run(read, askerOf(request, reply, apiKeys), (answer) =>
      sendAnswer(request, reply, { ...sender, answer, format, fileName: 'answer' }),
    )
  })
}
