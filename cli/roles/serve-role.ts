import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { AppError, isErrno } from '../../schemas/errors.ts'
import { hostNames } from '../../schemas/asked-host.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { loadApiKeys } from '../../serving/http/api-keys.ts'
import type { ApiKey } from '../../serving/http/api-keys.ts'
import { every } from '../../serving/feeds/every.ts'
import { ForwardReader } from '../../serving/sql/forward-reader.ts'
import { EventVerdict } from '../../serving/events/event-verdict.ts'
import type { Verdict } from '../../serving/events/event-verdict.ts'
import { ServiceMetrics } from '../../serving/metrics/service-metrics.ts'
import { buildServer } from '../../serving/server.ts'
import type { ServerLimits } from '../../serving/server.ts'
import type { Closers } from '../parts/closers.ts'
import type { Config } from '../parts/config.ts'
import type { engineLimits } from '../parts/engine-limits.ts'
import { observe } from './observe.ts'
import type { ObserverNeeds } from './observe.ts'
import { openFeeds } from './open-feeds.ts'
import type { OpenEngine, Plumbing } from '../parts/plumbing.ts'
import { publishFeeds } from './publish-feeds.ts'
import { openReplicaSet } from './replica-set.ts'
import type { ReplicaNeeds, ReplicaSet } from './replica-set.ts'
import { StoredGenerations } from '../../serving/replica/stored-generations.ts'
import { openSqlWorkers } from './sql-workers.ts'
import type { SqlWorkerNeeds } from './sql-workers.ts'
import { verdictTime } from '../parts/topic-settings.ts'
import { version } from '../flags/version.ts'

/** Long enough for a client that posts all the time to be told to stop on its own connection. */
const drainMs = 500
/** While nobody reads, micro-batches start this many times as far apart. Feeds show each. */
const intervalsOfRest = 10
const verdictBytesMax = 128 * 1024 * 1024

/** The parts that the role hands to its own parts, and the closers. */
export type ServeNeeds = ReplicaNeeds &
  ObserverNeeds &
  SqlWorkerNeeds & {
    readonly config: Config
    readonly limits: ReturnType<typeof engineLimits>
    readonly closers: Closers
    /** How much the batch runs of this process have read, in percent by dataset. */
    readonly runs: ReadonlyMap<string, number>
    /** Aborts when the process is to stop. `overdue` aborts when running work has had its time to end. */
    readonly signal: AbortSignal
    readonly overdue: AbortSignal
  }

export type ServeRole = {
  readonly url: string
  readonly replicas: ReplicaSet
  /** Rejects if a part has ended by itself. */
  readonly ended: Promise<unknown>
  /**
   * Resolves once every dataset is ready. Then the SQL workers start, which become ready later: they find what this
   * process has built of a generation, and compete with it for no core while nothing is answered. Log and store must
   * answer first.
   */
  start(): Promise<void>
}

/**
 * Opens the server, which listens at once. Before `start` it answers only whether it lives and what it waits for.
 * `closers` closes what it opens.
 */
export async function openServeRole(
  needs: ServeNeeds,
  { publishes, ...plumbing }: Plumbing & { readonly publishes: boolean },
): Promise<ServeRole> {
  const { config, closers, datasets, untilReachable, waiting, logger } = needs
  const apiKeys = config.API_KEYS_FILE === undefined ? null : await readApiKeys(config.API_KEYS_FILE)
  const metrics = new ServiceMetrics()
  metrics.collectProcess()
  const replicas = closers.add(
    'replicas',
    await openReplicaSet(needs, {
      ...plumbing,
      ...needs.limits.speed,
      microBatchIntervalMs: config.SPEED_INTERVAL_MS,
      restMs: config.SPEED_INTERVAL_MS * intervalsOfRest,
      onHandOver: (dataset, { created_at: createdAt, run_ms: runMs }) => {
        metrics.handedOver(dataset, { createdMs: Date.parse(createdAt), runMs })
        feeds.stateChanged()
      },
      onMicroBatch: (dataset, batch) => {
        metrics.microBatch(dataset, batch)
        feeds.stateChanged()
      },
    }),
  )
  const workers = closers.add(
    'SQL workers',
    openSqlWorkers(needs, () => metrics.workerLost()),
  )
  const engine = closers.add('verdict engine', await needs.openEngine(`answers-${process.pid}`, verdictBytesMax, 1))
  const observer = closers.add('observer', observe(needs, { ...plumbing, session: await engine.connect(), replicas }))
  const feeds = closers.add('feeds', openFeeds({ config, logger, reader: replicas.reader }))
  const app = closers.add(
    'server',
    buildServer({
      datasets,
      leftOut: needs.leftOut,
      reader: replicas.reader,
      sql: new ForwardReader(workers, replicas.reader),
      verdicts: await openVerdicts(datasets, plumbing.log, engine),
      log: plumbing.log,
      parquet: { engine, workFolder: needs.workFolder },
      feeds,
      every,
      limits: limitsOf(config),
      apiKeys,
      allowedHosts: hostNames(config.ALLOWED_HOSTS),
      waiting: () => waiting.list(),
      runs: needs.runs,
      observed: observer,
      generations: new StoredGenerations(plumbing.store),
      metrics,
      logger,
      stopping: needs.signal,
      overdue: needs.overdue,
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
      observer.start()
      if (publishes) {
        const { log } = plumbing
        const publishing = { datasets, log, feeds, every, config, untilReachable, waiting, logger }
        closers.add('published feeds', await publishFeeds(publishing))
      }
      await replicas.start()
      workers.start()
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
  datasets: readonly DefinedDataset[],
  log: EventLog,
  engine: Awaited<ReturnType<OpenEngine>>,
): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>()
  for (const dataset of datasets) {
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
