import { tmpdir } from 'node:os'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { Engine } from '../../schemas/ports/engine.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { every } from '../../serving/feeds/every.ts'
import { FeedHub } from '../../serving/feeds/feed-hub.ts'
import { ServiceMetrics } from '../../serving/metrics/service-metrics.ts'
import type { Observed } from '../../serving/answers/observed.ts'
import type { Verdict } from '../../serving/events/event-verdict.ts'
import { buildServer } from '../../serving/server.ts'
import type { ServerDeps } from '../../serving/server.ts'
import { FakeReader } from '../fakes/fake-reader.ts'
import { MemoryLog } from '../fakes/memory-log.ts'

/** Rejects lines that do not begin with a brace. */
class FakeVerdict implements Verdict {
  failNext: Error | null = null

  async rejections(
    lines: readonly Uint8Array[],
  ): Promise<readonly { readonly index: number; readonly reason: string }[]> {
    const error = this.failNext
    this.failNext = null
    if (error !== null) throw error
    return lines.flatMap((line, index) => (line[0] === 0x7b ? [] : [{ index, reason: 'the event: not valid JSON' }]))
  }
}

export const limits = {
  eventBytesMax: 100,
  bodyBytesMax: 2_000,
  eventsMax: 50,
  queryTimeoutMs: 30_000,
  rowsMax: 1_000,
  answerBytesMax: 1_000_000,
  queryConcurrencyMax: 2,
  sqlConcurrencyMax: 1,
} as const

export const feedLimits = {
  subscribersMax: 100,
  variantsMax: 4,
  rowsMax: 1_000,
  bytesMax: 1_000_000,
  timeoutMs: 30_000,
} as const

export const nothingSeen: Observed = {
  memory: () => null,
  log: () => null,
  archive: () => null,
  rejected: () => null,
}

/** Builds a server over fakes, and collects the lines that it logs. The end of the test closes everything. */
export async function setUp(given: Partial<ServerDeps> = {}) {
  const [reader, sql, verdict, log] = [new FakeReader(), new FakeReader(), new FakeVerdict(), new MemoryLog()]
  const logged: string[] = []
  const logger = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) })
  const feeds = new FeedHub({ reader, limits: feedLimits, logger, now: () => performance.now(), every })
  await log.ensureTopic('rsvp')
  const app = buildServer({
    datasets: [rsvp],
    leftOut: [],
    reader,
    sql,
    verdicts: new Map([['rsvp', verdict]]),
    log,
    parquet: { engine: noEngine, workFolder: tmpdir() },
    limits,
    apiKeys: null,
    allowedHosts: [],
    waiting: () => [],
    runs: new Map(),
    observed: nothingSeen,
    generations: { newest: async () => [] },
    metrics: new ServiceMetrics(),
    feeds,
    every,
    logger,
    stopping: new AbortController().signal,
    overdue: new AbortController().signal,
    drainMs: 0,
    version: '1.2.3',
    now: () => 1_489_926_600_000,
    ...given,
  })
  onTestFinished(async () => {
    await app.close()
    await feeds.close()
    await log.close()
  })
  await app.ready()
  return { app, reader, sql, verdict, log, logged }
}

/** Returns an engine that the end of the test closes. */
export async function openEngine(): Promise<Engine> {
  const engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 4, spillFolder: tmpdir() })
  onTestFinished(() => engine.close())
  return engine
}

const noEngine: Engine = {
  connect: () => Promise.reject(new TypeError('this test has no engine')),
  close: () => undefined,
}
