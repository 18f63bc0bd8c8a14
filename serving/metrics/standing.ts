import type { OffsetRange } from '../../schemas/ports/log.ts'
import { offsetCount } from '../../schemas/formats/offset-ranges.ts'
import { lostOf } from '../answers/notes.ts'
import type { StatusSources } from '../answers/status-answer.ts'
import type { Observed } from '../answers/observed.ts'
import type { ReplicaStatus } from '../replica/reader.ts'
import type { Reading, ServiceMetrics } from './service-metrics.ts'

/** The sources of the metrics that are read at each scrape. */
export type StandingSources = Pick<StatusSources, 'reader' | 'leftOut' | 'waiting' | 'observed' | 'version' | 'now'>

/** Adds the states of the datasets and the engine. A state that has not been read yet has no value. */
export function exposeStanding(
  metrics: ServiceMetrics,
  { reader, leftOut, waiting, observed, version, now }: StandingSources,
): void {
  const each = (of: (status: ReplicaStatus) => readonly Reading[]) => () => reader.status().flatMap(of)
  const one = (value: (status: ReplicaStatus) => number | null) =>
    each((status) => {
      const reading = value(status)
      return reading === null ? [] : [{ labels: { dataset: status.dataset }, value: reading }]
    })
  const generation = (of: (made: { createdMs: number; runMs: number }) => number) =>
    one(({ dataset }) => {
      const made = metrics.generation(dataset)
      return made === null ? null : of(made)
    })

  metrics.gauge('tidemark_build_info', () => [{ labels: { version }, value: 1 }])
  metrics.gauge('tidemark_failing_seconds', () =>
    waiting().map(({ part, sinceMs }) => ({ labels: { part }, value: Math.max(0, now() - sinceMs) / 1000 })),
  )
  metrics.gauge('tidemark_failures', () =>
    waiting().map(({ part, failures }) => ({ labels: { part }, value: failures })),
  )
  const ready = one(({ isReady }) => (isReady ? 1 : 0))
  metrics.gauge('tidemark_ready', () => [
    ...ready(),
    ...leftOut.map(({ name: dataset }) => ({ labels: { dataset }, value: 0 })),
  ])
  metrics.gauge(
    'tidemark_log_end_offset',
    each((status) => logEnds(status, observed)),
  )
  metrics.gauge(
    'tidemark_speed_offset',
    each((status) => positions(status, status.speed)),
  )
  metrics.gauge(
    'tidemark_speed_lag_events',
    each((status) => lags(status, observed)),
  )
  metrics.gauge(
    'tidemark_speed_lag_seconds',
    one((status) => status.lag_ms / 1000),
  )
  metrics.gauge(
    'tidemark_stream_time_seconds',
    one(({ stream_time: time }) => (time === null ? null : Date.parse(time) / 1000)),
  )
  metrics.gauge(
    'tidemark_offset',
    each((status) => positions(status, status.tidemark)),
  )
  metrics.gauge(
    'tidemark_generation',
    one((status) => status.generation),
  )
  metrics.gauge(
    'tidemark_generation_age_seconds',
    generation(({ createdMs }) => Math.max(0, now() - createdMs) / 1000),
  )
  metrics.gauge(
    'tidemark_generation_run_seconds',
    generation(({ runMs }) => runMs / 1000),
  )
  metrics.gauge(
    'tidemark_archive_offset',
    each(({ dataset }) => perPartition(dataset, observed.archive(dataset)?.value, ({ archived }) => archived)),
  )
  metrics.gauge(
    'tidemark_lost_events',
    each((status) => {
      const lost = lostOf(status, observed)
      return perPartition(status.dataset, observed.archive(status.dataset)?.value, (_, partition) =>
        offsetCount(lost.get(partition) ?? []),
      )
    }),
  )
  metrics.gauge(
    'tidemark_endangered_events',
    each(({ dataset }) => perPartition(dataset, observed.archive(dataset)?.value, ({ endangered }) => endangered)),
  )
  metrics.total(
    'tidemark_rejected_events_total',
    one(({ dataset }) => observed.rejected(dataset)?.value ?? null),
  )
  exposeMemory(observed, metrics)
}

function exposeMemory(observed: Observed, metrics: ServiceMetrics): void {
  const memory = (of: (seen: NonNullable<ReturnType<Observed['memory']>>['value']) => number) => () => {
    const seen = observed.memory()
    return seen === null ? [] : [{ labels: {}, value: of(seen.value) }]
  }
  metrics.gauge(
    'tidemark_engine_memory_bytes',
    memory(({ usedBytes }) => usedBytes),
  )
  metrics.gauge(
    'tidemark_engine_memory_limit_bytes',
    memory(({ limitBytes }) => limitBytes),
  )
  metrics.gauge(
    'tidemark_engine_spilled_bytes',
    memory(({ spilledBytes }) => spilledBytes),
  )
}

function logEnds({ dataset }: ReplicaStatus, observed: Observed): readonly Reading[] {
  return perPartition(dataset, observed.log(dataset)?.value, ({ nextOffset }) => nextOffset)
}

/**
 * The log's end was read a moment ago, so the speed layer may have passed it: the lag is then 0. Offsets that the log
 * has deleted do not count.
 */
function lags({ dataset, topic, speed }: ReplicaStatus, observed: Observed): readonly Reading[] {
  return perPartition(dataset, observed.log(dataset)?.value, ({ firstOffset, nextOffset }, partition) => {
    const position = BigInt(speed[`${topic}/${partition}`] ?? 0)
    const from = position > firstOffset ? position : firstOffset
    return nextOffset > from ? nextOffset - from : 0n
  })
}

function positions({ dataset, topic }: ReplicaStatus, offsets: Readonly<Record<string, string>>): readonly Reading[] {
  return Object.entries(offsets).map(([name, offset]) => ({
    labels: { dataset, partition: name.slice(topic.length + 1) },
    value: Number(offset),
  }))
}

function perPartition<T extends object = OffsetRange>(
  dataset: string,
  seen: ReadonlyMap<number, T> | undefined,
  value: (of: T, partition: number) => bigint,
): readonly Reading[] {
  return [...(seen ?? [])].map(([partition, of]) => ({
    labels: { dataset, partition: String(partition) },
    value: Number(value(of, partition)),
  }))
}
