import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { fastify, LogController } from 'fastify'
import type { FastifyInstance } from 'fastify'
import { AnswerReads } from './requests/answer-reads.ts'
import { requireApiKeys } from './http/api-keys.ts'
import { measureReads } from './metrics/measure-reads.ts'
import { requireHost } from './http/require-host.ts'
import { refuseLeftOut } from './http/refuse-left-out.ts'
import { eventRoutes } from './routes/events.ts'
import { feedRoutes } from './routes/feeds.ts'
import { generationRoutes } from './routes/generations.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { pageRoutes } from './routes/pages.ts'
import { queryRoutes } from './routes/queries.ts'
import { sqlRoutes } from './routes/sql.ts'
import { statusRoutes } from './routes/status.ts'
import { tableRoutes } from './routes/tables.ts'
import { addSecurityHeaders } from './http/security-headers.ts'
import { sendError } from './http/send-problem.ts'
import type { ServerDeps } from './server-deps.ts'
import { drainOnClose } from './http/drain.ts'
import { answerUnknownRoutes } from './http/unknown-route.ts'

/** A client that sends its request slower than this holds a connection for nothing. */
const requestTimeoutMs = 120_000

/** The whole HTTP interface, not listening yet. Closing it ends what it was asked, not what it was given. */
export function buildServer(deps: ServerDeps): FastifyInstance {
  const { reader, sql, limits, apiKeys, allowedHosts, logger, overdue, now } = deps
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: requestTimeoutMs,
    // A request without it is refused with the others that name no one host.
    http: { requireHostHeader: false },
    genReqId: () => randomUUID(),
    // A URL that cannot be decoded has no route, so no hook and no handler of ours would see it.
    // Its answer would be no problem document.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => sendError(error, request, reply),
  })
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply))
  app.removeAllContentTypeParsers()
  // A body where none is taken is left unread.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  // Every request in flight listens.
  setMaxListeners(0, overdue)
  const drain = drainOnClose(app, deps)
  addSecurityHeaders(app)
  requireHost(app, apiKeys === null ? allowedHosts : null)
  if (apiKeys !== null) requireApiKeys(app, apiKeys)
  refuseLeftOut(app, deps)
  answerUnknownRoutes(app)
  measureReads(app, deps)

  const named = new AnswerReads({
    reader,
    until: (after, timeoutMs) => reader.covered(after, timeoutMs),
    limits: { ...limits, concurrencyMax: limits.queryConcurrencyMax, perCallerMax: limits.queryConcurrencyMax },
    overdue,
    now,
  })
  const adHoc = new AnswerReads({
    reader: sql,
    until: (after, timeoutMs) => reader.received(after, timeoutMs),
    limits: {
      ...limits,
      concurrencyMax: limits.sqlConcurrencyMax,
      // A statement may run long and cannot always be stopped, so one worker is for others.
      perCallerMax: Math.max(1, limits.sqlConcurrencyMax - 1),
    },
    overdue,
    now,
  })
  app.register(eventRoutes, deps)
  app.register(tableRoutes, { deps, reads: named })
  app.register(queryRoutes, { deps, reads: named })
  app.register(feedRoutes, deps)
  app.register(generationRoutes, deps)
  app.register(sqlRoutes, { deps, reads: adHoc })
  app.register(statusRoutes, deps)
  app.register(metricsRoutes, deps)
  app.register(pageRoutes, deps)
  app.register(drain)
  return app
}
