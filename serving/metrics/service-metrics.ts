import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { metricFamilies } from './metric-families.ts'
import type { MetricNameOf } from './metric-families.ts'

/** The event loop's lag is measured this often. Each time wakes the process. */
const eventLoopEveryMs = 1000

/** One value of a metric, with its labels. */
export type Reading = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

export type AnsweredRead = {
  readonly route: 'queries' | 'tables' | 'sql'
  /** The name of a dataset that exists, or empty. So is `query`. */
  readonly dataset: string
  readonly query: string
  readonly status: number
  readonly seconds: number
}

const secondsBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const eventsBuckets = [1, 10, 100, 1000, 10_000, 100_000]

/** The metrics of this process. Events are counted when they happen; states are read at each scrape. */
export class ServiceMetrics {
  readonly #registry = new Registry()
  readonly #posted = this.#counter('tidemark_posted_events_total')
  readonly #batchEvents = this.#histogram('tidemark_micro_batch_events', eventsBuckets)
  readonly #batchSeconds = this.#histogram('tidemark_micro_batch_seconds', secondsBuckets)
  readonly #querySeconds = this.#histogram('tidemark_query_seconds', secondsBuckets)
  readonly #workerRestarts = this.#counter('tidemark_sql_worker_restarts_total')
  readonly #generations = new Map<string, { readonly createdMs: number; readonly runMs: number }>()

  readonly contentType = this.#registry.contentType

  /**
   * Adds memory, processor, event loop and garbage collection. These belong to the process: call it once per process.
   */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: eventLoopEveryMs })
  }

  microBatch(dataset: string, { records, foldMs }: { readonly records: number; readonly foldMs: number }): void {
    this.#batchEvents.observe({ dataset }, records)
    this.#batchSeconds.observe({ dataset }, foldMs / 1000)
  }

  handedOver(dataset: string, made: { readonly createdMs: number; readonly runMs: number }): void {
    this.#generations.set(dataset, made)
  }

  posted(dataset: string, { accepted, rejected }: { readonly accepted: number; readonly rejected: number }): void {
    this.#posted.inc({ dataset, verdict: 'accepted' }, accepted)
    this.#posted.inc({ dataset, verdict: 'rejected' }, rejected)
  }

  answered({ seconds, status, ...labels }: AnsweredRead): void {
    this.#querySeconds.observe({ ...labels, status: String(status) }, seconds)
  }

  workerLost(): void {
    this.#workerRestarts.inc()
  }

  /** Returns when the attached generation was created and how long its run took; null before one is attached. */
  generation(dataset: string): { readonly createdMs: number; readonly runMs: number } | null {
    return this.#generations.get(dataset) ?? null
  }

  /** `read` is called for each scrape. */
  gauge(name: MetricNameOf<'gauge'>, read: () => readonly Reading[]): void {
    const { help, labels } = metricFamilies[name]
    const gauge = new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect() {
        gauge.reset()
        // After a reset, a gauge without labels would show 0, as if it had been read.
        if (labels.length === 0) gauge.remove()
        for (const reading of read()) gauge.set({ ...reading.labels }, reading.value)
      },
    })
  }

  /** Exposes a total that is kept elsewhere. */
  total(name: MetricNameOf<'counter'>, read: () => readonly Reading[]): void {
    const { help, labels } = metricFamilies[name]
    const counter = new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect() {
        counter.reset()
        for (const reading of read()) counter.inc({ ...reading.labels }, reading.value)
      },
    })
  }

  /** Returns all metrics in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #counter(name: MetricNameOf<'counter'>): Counter {
    const { help, labels } = metricFamilies[name]
    return new Counter({ name, help, labelNames: [...labels], registers: [this.#registry] })
  }

  #histogram(name: MetricNameOf<'histogram'>, buckets: readonly number[]): Histogram {
    const { help, labels } = metricFamilies[name]
    return new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [this.#registry] })
  }
}
