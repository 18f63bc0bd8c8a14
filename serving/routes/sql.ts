import type { FastifyInstance } from 'fastify'
import { chooseFormat } from '../answers/answer-formats.ts'
import type { AnswerReads } from '../requests/answer-reads.ts'
import { askerOf } from '../requests/asker.ts'
import { bodyBytes, takeBodies } from '../http/content-type.ts'
import { queryValues } from '../http/query-string.ts'
import { sendAnswer } from '../answers/send-answer.ts'
import type { ServerDeps } from '../server-deps.ts'
import { parseSqlRequest } from '../requests/sql-request.ts'

const sqlBodyBytesMax = 1024 * 1024

/** Ad-hoc SQL. What a statement may do is the reader's to judge. */
export async function sqlRoutes(
  scope: FastifyInstance,
  { deps, reads }: { deps: ServerDeps; reads: AnswerReads },
): Promise<void> {
  const { datasets, limits } = deps
  takeBodies(scope, ['application/json'])

  scope.post('/v1/sql', { bodyLimit: sqlBodyBytesMax }, async (request, reply) => {
    const values = queryValues(request.query, ['format'])
    const format = chooseFormat(values.get('format'), request.headers)
    const read = parseSqlRequest(bodyBytes(request), datasets, limits)
    return reads.run(read, askerOf(request, reply, deps.apiKeys), (answer) =>
      sendAnswer(request, reply, { ...deps, answer, format, fileName: 'answer' }),
    )
  })
}
