import type { FastifyBaseLogger } from 'fastify'
import type { DefinedDataset } from '../schemas/declare/define-dataset.ts'
import type { LeftOut } from '../schemas/declare/load-datasets.ts'
import type { EventLog } from '../schemas/ports/log.ts'
import type { ApiKey } from './http/api-keys.ts'
import type { Every } from './feeds/every.ts'
import type { FeedHub } from './feeds/feed-hub.ts'
import type { Generations } from './replica/generation.ts'
import type { ServiceMetrics } from './metrics/service-metrics.ts'
import type { Observed } from './replica/observed.ts'
import type { ParquetWriter } from './answers/parquet-answer.ts'
import type { Progress, Reader, Verdict } from './replica/reader.ts'

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

/** A part of this process that cannot go on, and what it waits for: `archive`, `S3 at http://... does not answer`. */
export type Waiting = {
  readonly part: string
  readonly waitingFor: string
  /** Since when, epoch ms, and how often it has failed meanwhile. */
  readonly sinceMs: number
  readonly failures: number
}

/** The part that waits while events cannot be appended to the log. */
export const logPart = 'log'
/** The part that waits while SQL workers cannot stay alive. */
export const sqlWorkersPart = 'SQL workers'

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
  readonly waiting: () => readonly Waiting[]
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
