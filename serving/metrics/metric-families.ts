export type MetricFamily = {
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
}

const dataset = ['dataset'] as const
const partition = ['dataset', 'partition'] as const

/**
 * The metrics of the service itself; a test holds README's table to this one. Offsets are those of the log, times are
 * in seconds.
 */
export const metricFamilies = {
  tidemark_build_info: { type: 'gauge', labels: ['version'], help: '1, with the version that runs' },
  tidemark_ready: { type: 'gauge', labels: dataset, help: '1 where the dataset is answered, else 0' },
  tidemark_failing_seconds: {
    type: 'gauge',
    labels: ['part'],
    help: 'How long a part has been failing or waiting, by its name in `/readyz`; no value where none is',
  },
  tidemark_failures: { type: 'gauge', labels: ['part'], help: 'How often that part has failed since' },
  tidemark_log_end_offset: { type: 'gauge', labels: partition, help: "The log's end, as last seen" },
  tidemark_speed_offset: { type: 'gauge', labels: partition, help: 'The first offset that is not in the answers' },
  tidemark_speed_lag_events: { type: 'gauge', labels: partition, help: "Offsets from there to the log's end" },
  tidemark_speed_lag_seconds: {
    type: 'gauge',
    labels: dataset,
    help: 'Age of the oldest event that was read and is not in the answers; 0 where there is none',
  },
  tidemark_stream_time_seconds: { type: 'gauge', labels: dataset, help: 'Newest event time, since the epoch' },
  tidemark_offset: { type: 'gauge', labels: partition, help: 'The tidemark: below it the batch layer answers' },
  tidemark_generation: {
    type: 'gauge',
    labels: dataset,
    help: 'Number of the attached generation; 0 before the first',
  },
  tidemark_generation_age_seconds: { type: 'gauge', labels: dataset, help: 'Age of the attached generation' },
  tidemark_generation_run_seconds: { type: 'gauge', labels: dataset, help: 'How long the batch run took that made it' },
  tidemark_archive_offset: { type: 'gauge', labels: partition, help: 'Where the chain of raw chunks ends' },
  tidemark_lost_events: {
    type: 'gauge',
    labels: partition,
    help: 'Offsets that the log deleted before they were archived',
  },
  tidemark_endangered_events: {
    type: 'gauge',
    labels: partition,
    help: "Offsets that are not archived and have used up half of the log's retention",
  },
  tidemark_rejected_events_total: {
    type: 'counter',
    labels: dataset,
    help: 'Events of the history that broke their contract',
  },
  tidemark_posted_events_total: {
    type: 'counter',
    labels: ['dataset', 'verdict'],
    help: 'Events that POST took since the start, `accepted` or `rejected`',
  },
  tidemark_micro_batch_events: { type: 'histogram', labels: dataset, help: 'Events of a micro-batch' },
  tidemark_micro_batch_seconds: { type: 'histogram', labels: dataset, help: 'Time to fold a micro-batch' },
  tidemark_query_seconds: {
    type: 'histogram',
    labels: ['route', 'dataset', 'query', 'status'],
    help: 'Time of a read: `queries` by name, `tables`, `sql`; `status` is that of HTTP',
  },
  tidemark_engine_memory_bytes: { type: 'gauge', labels: [], help: "Memory of the replica's engine" },
  tidemark_engine_memory_limit_bytes: { type: 'gauge', labels: [], help: 'Beyond it the engine spills to disk' },
  tidemark_engine_spilled_bytes: { type: 'gauge', labels: [], help: 'What lies on disk because memory had no room' },
  tidemark_sql_worker_restarts_total: { type: 'counter', labels: [], help: 'SQL workers that ended and were replaced' },
} as const satisfies Readonly<Record<string, MetricFamily>>

export type MetricName = keyof typeof metricFamilies
/** Names of the metrics of one type. */
export type MetricNameOf<T extends MetricFamily['type']> = {
  [Name in MetricName]: (typeof metricFamilies)[Name]['type'] extends T ? Name : never
}[MetricName]
