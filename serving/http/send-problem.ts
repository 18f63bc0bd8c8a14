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

/** These are logged once where they begin, not for each request that meets them. */
const namedElsewhere: ReadonlySet<string> = new Set<ErrorCode>([
  'CLOSED',
  'NOT_READY',
  'LOG_UNREACHABLE',
  'STORE_UNREACHABLE',
  'DISK_FAILED',
])

/**
 * Sends the problem. Logs errors of the server, which the operator has to know of; errors of callers are not logged.
 */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error)
  if (problem.status === 500) request.log.error({ err: error, request_id: request.id }, 'A request failed.')
  else if (problem.status > 500 && !namedElsewhere.has(problem.code))
    request.log.warn({ request_id: request.id, reason: problem.detail }, 'A request could not be served.')
  sendProblem(request, reply, problem)
}
