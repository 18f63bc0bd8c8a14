import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { fastify, LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import type { LeftOut } from '../schemas/declare/load-datasets.ts'
import type { EventLog } from '../schemas/ports/log.ts'
import type { ApiKey } from './http/api-keys.ts'
import type { Every } from './feeds/every.ts'
import type { FeedHub } from './feeds/feed-hub.ts'
import type { Generations } from './replica/generation.ts'
import type { ServiceMetrics } from './metrics/service-metrics.ts'
import type { Observed } from './answers/observed.ts'
import type { ParquetWriter } from './answers/parquet-answer.ts'
import type { Verdict } from './events/event-verdict.ts'
import type { Progress, Reader } from './replica/reader.ts'
import type { StatusSources } from './answers/status-answer.ts'
import type { WaitingPart } from './answers/waiting-part.ts'
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
import { drainOnClose } from './http/drain.ts'
import { answerUnknownRoutes } from './http/unknown-route.ts'

/** A client that takes longer than this to send its request is disconnected. */
const requestTimeoutMs = 120_000

export type ServerLimits = {
  /** The size of one event; a longer one is not appended to the log. */
  readonly eventBytesMax: number
  /** The size of one body of events, and how many lines or elements it may hold. */
  readonly bodyBytesMax: number
  readonly eventsMax: number
  /** The time-out of every read; a caller may ask for a shorter one. */
  readonly queryTimeoutMs: number
  readonly rowsMax: number
  readonly answerBytesMax: number
  /** How many reads of tables and named queries run at a time, and how many ad-hoc statements. */
  readonly queryConcurrencyMax: number
  readonly sqlConcurrencyMax: number
}

/** The parts that the server uses. It does not close them: whoever opened them does so after the server has closed. */
export type ServerDeps = {
  readonly datasets: readonly DefinedDataset[]
  /** The datasets that are faulty, each with its reason. */
  readonly leftOut: readonly LeftOut[]
  /** Answers tables and named queries. The service is ready when this reader is. */
  readonly reader: Reader & Progress
  /** Answers ad-hoc SQL, in other processes. */
  readonly sql: Reader
  /** The verdicts by dataset. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly log: Pick<EventLog, 'append'>
  readonly parquet: ParquetWriter
  readonly feeds: FeedHub
  readonly every: Every
  readonly limits: ServerLimits
  /** If null, no key is required and every caller may do everything. */
  readonly apiKeys: readonly ApiKey[] | null
  /** Host names of this service, beside IP addresses and localhost. They are checked only if no key is required. */
  readonly allowedHosts: readonly string[]
  /** Other parts of the process that cannot go on. They do not make the service unready; only datasets do. */
  readonly waiting: () => readonly WaitingPart[]
  readonly runs: StatusSources['runs']
  readonly observed: Observed
  readonly generations: Generations
  readonly metrics: ServiceMetrics
  readonly logger: FastifyBaseLogger
  /** Aborts when the service is to stop: it refuses new requests then. */
  readonly stopping: AbortSignal
  /** Aborts when running requests have had their time to end: they end with CLOSED then. */
  readonly overdue: AbortSignal
  /** How long the server goes on listening to refuse requests. */
  readonly drainMs: number
  readonly version: string
  /** Epoch milliseconds. */
  readonly now: () => number
}

/**
 * Builds the whole HTTP interface, which does not listen yet. Closing it ends running requests, but closes none of
 * `deps`.
 */
export function buildServer(deps: ServerDeps): FastifyInstance {
  const { datasets, leftOut, reader, sql, limits, apiKeys, allowedHosts, metrics, logger, overdue, version, now } = deps
  const { waiting, runs, observed } = deps
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: requestTimeoutMs,
    // A request without a host is refused by `requireHost`, as one that names several.
    http: { requireHostHeader: false },
    genReqId: () => randomUUID(),
    // A URL that cannot be decoded has no route, so none of our hooks or handlers sees it. Without this the answer
    // would not be a problem document.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => sendError(error, request, reply),
  })
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply))
  app.removeAllContentTypeParsers()
  // Where a route takes no body, a body is left unread.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  // Each running request adds a listener, so many listeners are not a leak.
  setMaxListeners(0, overdue)
  const drain = drainOnClose(app, { stopping: deps.stopping, overdue, drainMs: deps.drainMs })
  addSecurityHeaders(app)
  requireHost(app, apiKeys === null ? allowedHosts : null)
  if (apiKeys !== null) requireApiKeys(app, apiKeys)
  refuseLeftOut(app, leftOut)
  answerUnknownRoutes(app)
  measureReads(app, { datasets, metrics })

  const named = new AnswerReads({
    reader,
    until: (after, timeoutMs) => reader.covered(after, timeoutMs),
    states: reader,
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
      // A statement may run long and cannot always be stopped, so one worker is kept for other callers.
      perCallerMax: Math.max(1, limits.sqlConcurrencyMax - 1),
    },
    overdue,
    now,
  })
  const reading = { datasets, limits, apiKeys, parquet: deps.parquet, version }
  const standing = { reader, leftOut, waiting, runs, observed, version, now }
  app.register(eventRoutes, { datasets, verdicts: deps.verdicts, log: deps.log, limits, overdue, metrics })
  app.register(tableRoutes, { ...reading, reads: named })
  app.register(queryRoutes, { ...reading, reads: named })
  app.register(feedRoutes, { datasets, feeds: deps.feeds, every: deps.every })
  app.register(generationRoutes, { datasets, generations: deps.generations, overdue, now })
  app.register(sqlRoutes, { ...reading, reads: adHoc })
  app.register(statusRoutes, { ...standing, sql, datasets })
  app.register(metricsRoutes, { ...standing, metrics })
  app.register(pageRoutes, { datasets, limits, apiKeys, version })
  app.register(drain)
  return app
}
