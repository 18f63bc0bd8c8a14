import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from './problem.ts'
import { sendProblem } from './send-problem.ts'

type Route = { readonly segments: readonly string[]; readonly method: string }

/**
 * Answers a known path with a wrong method with 405 and the methods it has, every other path with 404. Call it before
 * the routes.
 */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const routes: Route[] = []
  app.addHook('onRoute', ({ url, method }) => {
    for (const each of [method].flat()) routes.push({ segments: url.split('/'), method: each })
  })
  app.setNotFoundHandler((request, reply) => answerUnknown(routes, request, reply))
}

function answerUnknown(routes: readonly Route[], request: FastifyRequest, reply: FastifyReply): void {
  const [path = ''] = request.url.split('?')
  const methods = methodsOf(routes, path.split('/'))
  sendProblem(request, reply, methods.length === 0 ? notFound(path) : notAllowed(path, request.method, methods))
}

function notFound(path: string): Problem {
  const detail = `There is nothing at ${path}. /docs lists every path.`
  return { status: 404, title: 'Not found', code: 'NOT_FOUND', detail }
}

function notAllowed(path: string, method: string, methods: readonly string[]): Problem {
  const allow = methods.join(', ')
  return {
    status: 405,
    title: 'Method not allowed',
    code: 'METHOD_NOT_ALLOWED',
    detail: `${path} answers ${allow}, not ${method}.`,
    headers: { allow },
    details: { methods },
  }
}

function methodsOf(routes: readonly Route[], segments: readonly string[]): readonly string[] {
  const matching = routes.filter((route) => isMatch(route.segments, segments))
  return [...new Set(matching.map(({ method }) => method))].toSorted()
}

function isMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => part === segments[i] || (part.startsWith(':') && segments[i] !== ''))
  )
}
