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

/** A client that sends its request slower than this holds a connection for nothing. */
const requestTimeoutMs = 120_000

export type ServerLimits = {
  /** Of one event; a longer one is not logged. */
  readonly eventBytesMax: number
  /** Of one body of events, and how many lines or elements it may hold. */
  readonly bodyBytesMax: number
  readonly eventsMax: number
  /** Of every read; a caller may ask for less. */
  readonly queryTimeoutMs: number
  readonly rowsMax: number
  readonly answerBytesMax: number
  /** How many tables and named queries run at a time, and how many ad-hoc statements. */
  readonly queryConcurrencyMax: number
  readonly sqlConcurrencyMax: number
}

/** What the server needs and does not own: whoever opened them closes them, after the server. */
export type ServerDeps = {
  readonly datasets: readonly DefinedDataset[]
  /** Datasets that are faulty, and why. */
  readonly leftOut: readonly LeftOut[]
  /** Answers tables and named queries, and is what readiness means. */
  readonly reader: Reader & Progress
  /** Answers ad-hoc SQL, in other processes. */
  readonly sql: Reader
  /** By dataset. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly log: Pick<EventLog, 'append'>
  readonly parquet: ParquetWriter
  readonly feeds: FeedHub
  readonly every: Every
  readonly limits: ServerLimits
  /** Null: everybody may do everything. */
  readonly apiKeys: readonly ApiKey[] | null
  /** Names this service is reached by, beside IP addresses and localhost; they count where no key is asked for. */
  readonly allowedHosts: readonly string[]
  /** What other parts wait for, for people. It leaves questions answered: only the datasets make them unready. */
  readonly waiting: () => readonly WaitingPart[]
  readonly observed: Observed
  readonly generations: Generations
  readonly metrics: ServiceMetrics
  readonly logger: FastifyBaseLogger
  /** Aborted once the service is to stop: it takes nothing new. */
  readonly stopping: AbortSignal
  /** Aborted once what it does has had its time to end: CLOSED. */
  readonly overdue: AbortSignal
  /** How long it goes on listening, to say that it stops. */
  readonly drainMs: number
  readonly version: string
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** The whole HTTP interface, not listening yet. Closing it ends what it was asked, not what it was given. */
export function buildServer(deps: ServerDeps): FastifyInstance {
  const { datasets, leftOut, reader, sql, limits, apiKeys, allowedHosts, metrics, logger, overdue, version, now } = deps
  const { waiting, observed } = deps
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
  const reading = { datasets, limits, apiKeys, parquet: deps.parquet, version }
  const standing = { reader, leftOut, waiting, observed, version, now }
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
