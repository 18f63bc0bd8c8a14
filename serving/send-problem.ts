import type { FastifyReply, FastifyRequest } from 'fastify'
import { problemJson, problemOf } from './problem.ts'
import type { Problem } from './problem.ts'

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(problemJson(problem, request.id))
}

/** Logs what the operator has to know of: errors of the server, not of its callers. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error)
  if (problem.status === 500) request.log.error({ err: error, request_id: request.id }, 'A request failed.')
  else if (problem.status > 500 && problem.code !== 'CLOSED')
    request.log.warn({ request_id: request.id, reason: problem.detail }, 'A request could not be served.')
  sendProblem(request, reply, problem)
}
