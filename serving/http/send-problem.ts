import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorCode } from '../../schemas/errors.ts'
import { problemJson, problemOf } from './problem.ts'
import type { Problem } from './problem.ts'

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(problemJson(problem, request.id))
}

/** Said once where it begins, not for each who asks. */
const namedElsewhere: ReadonlySet<string> = new Set<ErrorCode>([
  'CLOSED',
  'NOT_READY',
  'LOG_UNREACHABLE',
  'STORE_UNREACHABLE',
  'DISK_FAILED',
])

/** Logs what the operator has to know of: errors of the server, not of its callers. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error)
  if (problem.status === 500) request.log.error({ err: error, request_id: request.id }, 'A request failed.')
  else if (problem.status > 500 && !namedElsewhere.has(problem.code))
    request.log.warn({ request_id: request.id, reason: problem.detail }, 'A request could not be served.')
  sendProblem(request, reply, problem)
}
