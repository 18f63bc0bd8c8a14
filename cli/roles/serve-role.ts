import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { AppError, isErrno } from '../../schemas/errors.ts'
import { hostNames } from '../../schemas/asked-host.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { loadApiKeys } from '../../serving/http/api-keys.ts'
import type { ApiKey } from '../../serving/http/api-keys.ts'
import { every } from '../../serving/feeds/every.ts'
import { ForwardReader } from '../../serving/sql/forward-reader.ts'
import { EventVerdict } from '../../serving/events/event-verdict.ts'
import { ServiceMetrics } from '../../serving/metrics/service-metrics.ts'
import type { Verdict } from '../../serving/replica/reader.ts'
import { buildServer } from '../../serving/server.ts'
import type { ServerLimits } from '../../serving/server.ts'
import type { Config } from '../parts/config.ts'
import { observe } from './observe.ts'
import { openFeeds } from './open-feeds.ts'
import type { Parts, Plumbing } from '../parts/parts.ts'
import { publishFeeds } from './publish-feeds.ts'
import { openReplicaSet } from './replica-set.ts'
import type { ReplicaSet } from './replica-set.ts'
import { StoredGenerations } from '../../serving/replica/stored-generations.ts'
import { openSqlWorkers } from './sql-workers.ts'
import { verdictTime } from '../parts/topic-settings.ts'
import { version } from '../flags/version.ts'

/** Long enough for who posts all the time to hear of it on the connection that he keeps. */
const drainMs = 500
const verdictBytesMax = 128 * 1024 * 1024

export type ServeRole = {
  readonly url: string
  readonly replicas: ReplicaSet
  /** Rejects when a part has ended by itself. */
  readonly ended: Promise<unknown>
  /** Resolves once every dataset is ready; ad-hoc SQL waits for its own processes to be. Needs the plumbing. */
  start(): Promise<void>
}

/**
 * Listens at once and answers what it can: liveness and what it waits for before it is started, everything afterwards.
 * What it opens is closed with the parts.
 */
export async function openServeRole(
  parts: Parts,
  { publishes, ...plumbing }: Plumbing & { readonly publishes: boolean },
): Promise<ServeRole> {
  const { config, closers, logger } = parts
  const apiKeys = config.API_KEYS_FILE === undefined ? null : await readApiKeys(config.API_KEYS_FILE)
  const metrics = new ServiceMetrics()
  metrics.collectProcess()
  const replicas = closers.add(
    'replicas',
    await openReplicaSet(parts, {
      ...plumbing,
      memoryBytesMax: config.SPEED_MEMORY_BYTES_MAX,
      threads: 2,
      microBatchIntervalMs: config.SPEED_INTERVAL_MS,
      onHandOver: (dataset, { created_at: createdAt, run_ms: runMs }) =>
        metrics.handedOver(dataset, { createdMs: Date.parse(createdAt), runMs }),
      onMicroBatch: (dataset, batch) => metrics.microBatch(dataset, batch),
    }),
  )
  const workers = closers.add(
    'SQL workers',
    openSqlWorkers(parts, () => metrics.workerLost()),
  )
  const engine = closers.add('verdict engine', await parts.openEngine(`answers-${process.pid}`, verdictBytesMax, 1))
  const observer = closers.add('observer', observe(parts, { ...plumbing, session: await engine.connect(), replicas }))
  const feeds = closers.add('feeds', openFeeds(parts, replicas.reader))
  const app = closers.add(
    'server',
    buildServer({
      datasets: parts.datasets,
      leftOut: parts.leftOut,
      reader: replicas.reader,
      sql: new ForwardReader(workers, replicas.reader),
      verdicts: await openVerdicts(parts, plumbing.log, engine),
      log: plumbing.log,
      parquet: { engine, workFolder: parts.workFolder },
      feeds,
      every,
      limits: limitsOf(config),
      apiKeys,
      allowedHosts: hostNames(config.ALLOWED_HOSTS),
      waiting: () => parts.waiting.list(),
      observed: observer,
      generations: new StoredGenerations(plumbing.store),
      metrics,
      logger,
      stopping: parts.signal,
      overdue: parts.overdue,
      drainMs,
      version,
      now: Date.now,
    }),
  )
  await listen(app, config)
  return {
    url: urlOf(app.server.address()),
    replicas,
    ended: replicas.ended,
    async start() {
      workers.start()
      observer.start()
      if (publishes) await publishFeeds(parts, { log: plumbing.log, feeds, every })
      await replicas.start()
    },
  }
}

async function listen(app: ReturnType<typeof buildServer>, { HOST: host, PORT: port }: Config): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    const advice = isErrno(cause, 'EADDRINUSE')
      ? 'another process listens there: end it, or choose another PORT (0 picks a free one)'
      : 'choose another HOST or PORT'
    throw new AppError('LISTEN_FAILED', `${host}:${port} cannot be listened on: ${advice}`, { cause })
  }
}

async function readApiKeys(file: string): Promise<readonly ApiKey[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('CONFIG_INVALID', `API_KEYS_FILE: ${file} cannot be read`, { cause })
  })
  return loadApiKeys(text)
}

async function openVerdicts(
  parts: Parts,
  log: EventLog,
  engine: Awaited<ReturnType<Parts['openEngine']>>,
): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>()
  for (const dataset of parts.datasets) {
    const verdict = new EventVerdict(dataset, await engine.connect(), verdictTime(log, dataset.topic))
    await verdict.open()
    verdicts.set(dataset.name, verdict)
  }
  return verdicts
}

function limitsOf(config: Config): ServerLimits {
  return {
    eventBytesMax: config.EVENT_BYTES_MAX,
    bodyBytesMax: config.BODY_BYTES_MAX,
    eventsMax: 100_000,
    queryTimeoutMs: config.QUERY_TIMEOUT_MS,
    rowsMax: config.QUERY_ROWS_MAX,
    answerBytesMax: config.QUERY_BYTES_MAX,
    queryConcurrencyMax: config.QUERY_CONCURRENCY_MAX,
    sqlConcurrencyMax: config.SQL_WORKERS,
  }
}

function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address)
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
