import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { doubtOfTime } from './doubt-of-time.ts'
import { parametersTaken } from '../../schemas/declare/feed-parameters.ts'
import type { LeftOut, LoadedDatasets } from '../../schemas/declare/load-datasets.ts'
import type { ReplicaStatus, Reader } from '../replica/reader.ts'
import { memoryJson, standingJson } from './observed-json.ts'
import type { Observed } from './observed.ts'
import { notesOf } from './notes.ts'
import { tableInfo } from './table-info.ts'
import { views } from '../replica/reader.ts'
import { logPart, sqlWorkersPart } from './waiting-part.ts'
import type { WaitingPart } from './waiting-part.ts'

/** The sources that readiness is read from. */
export type ReadinessSources = {
  readonly reader: Pick<Reader, 'status'>
  readonly sql: Pick<Reader, 'status'>
  readonly waiting: () => readonly WaitingPart[]
  /** How much of its raw chunks the batch run of a dataset in this process has read, in percent. */
  readonly runs: ReadonlyMap<string, number>
}

export type StatusSources = ReadinessSources &
  LoadedDatasets & {
    readonly observed: Observed
    readonly version: string
    readonly now: () => number
  }

/** Returns how far every dataset is, what fails and what is lost. `startedMs` is when the server was built. */
export function statusAnswer(
  { reader, sql, datasets: declared, leftOut, waiting, runs, observed, version, now }: StatusSources,
  startedMs: number,
): object {
  const datasets = reader.status()
  return {
    version,
    started_at: new Date(startedMs).toISOString(),
    uptime_s: Math.floor((now() - startedMs) / 1000),
    ...readinessOf({ reader, sql, waiting }),
    waiting_for: waitingFor({ reader, sql, waiting, runs }),
    notes: notesOf(datasets, observed),
    failing: failingJson(waiting()),
    memory: memoryJson(observed.memory()),
    left_out: leftOutJson(leftOut),
    datasets: datasets.map(({ dataset, topic, isReady: ready, waitingFor: waits, ...asOf }) => ({
      dataset,
      topic,
      ready,
      waiting_for: waits,
      ...asOf,
      time_doubt: timeDoubt(
        declared.find(({ name }) => name === dataset),
        asOf.stream_time,
      ),
      ...standingJson(observed, { dataset, topic }, now()),
    })),
  }
}

function timeDoubt(dataset: DefinedDataset | undefined, streamTime: string | null): string | null {
  return dataset === undefined || streamTime === null ? null : doubtOfTime(dataset, Date.parse(streamTime))
}

/**
 * Which parts of this process can be used. Each part has its own flag, so a part that fails leaves the other flags
 * true.
 */
export type Readiness = {
  /** Tables and named queries are answered. */
  readonly ready: boolean
  /** Ad-hoc SQL is answered. */
  readonly sql_ready: boolean
  /** Events are taken. */
  readonly events_ready: boolean
}

export function readinessOf({ reader, sql, waiting }: Omit<ReadinessSources, 'runs'>): Readiness {
  const failing = new Set(waiting().map(({ part }) => part))
  return {
    ready: isReady(reader.status()),
    sql_ready: isReady(sql.status()) && !failing.has(sqlWorkersPart),
    events_ready: !failing.has(logPart),
  }
}

/** Returns the parts of this process that fail: since when, how often and why. */
export function failingJson(parts: readonly WaitingPart[]): readonly object[] {
  return parts.map(({ part, waitingFor: reason, sinceMs, failures }) => ({
    part,
    since: new Date(sinceMs).toISOString(),
    failures,
    reason,
  }))
}

/** No status is known of SQL workers before the first one is ready. */
function isReady(datasets: readonly ReplicaStatus[]): boolean {
  return datasets.length > 0 && datasets.every((dataset) => dataset.isReady)
}

/**
 * Returns, for people, what each dataset or part waits for, by its name. Empty if none waits. If a dataset has the name
 * of a part, the text under that name says both.
 */
export function waitingFor({ reader, sql, waiting: parts, runs }: ReadinessSources): Readonly<Record<string, string>> {
  const waiting = new Map(parts().map(({ part, waitingFor: what }) => [part, what]))
  const datasets = reader.status()
  if (!isReady(sql.status()) && !waiting.has(sqlWorkersPart)) {
    const isAlone = isReady(datasets)
    waiting.set(sqlWorkersPart, isAlone ? 'the first SQL worker to be ready' : 'the datasets, after which they start')
  }
  for (const { dataset, waitingFor: what } of datasets) {
    if (what === null) continue
    const [ofPart, percent] = [waiting.get(dataset), runs.get(dataset)]
    const ofRun = percent === undefined ? [] : [`a batch run has read ${percent} % of the raw chunks`]
    waiting.set(dataset, [...(ofPart === undefined ? [] : [ofPart]), what, ...ofRun].join('; '))
  }
  return Object.fromEntries(waiting)
}

/** Returns the tables, queries and views that can be read, by name. */
export function datasetsAnswer({ datasets, leftOut }: Pick<LoadedDatasets, 'datasets' | 'leftOut'>): object {
  return { views, datasets: datasets.map(datasetJson), left_out: leftOutJson(leftOut) }
}

function leftOutJson(leftOut: readonly LeftOut[]): readonly object[] {
  return leftOut.map(({ name, reason }) => ({ dataset: name, reason }))
}

function datasetJson(dataset: DefinedDataset): object {
  const { name, topic, description, hash, tables, queries, feeds, counts, filters, panels, examples = [] } = dataset
  return {
    name,
    topic,
    description,
    hash,
    events: `/v1/${name}/events`,
    tables: Object.entries(tables).map(([table, declared]) => ({
      ...tableInfo(table, declared),
      url: `/v1/${name}/tables/${table}`,
    })),
    queries: Object.entries(queries).map(([query, { description: says, parameters }]) => ({
      name: query,
      url: `/v1/${name}/queries/${query}`,
      description: says,
      parameters: Object.entries(parameters).map(([parameter, declared]) => ({ name: parameter, ...declared })),
    })),
    feeds: Object.entries(feeds).map(([feed, { publish, ...declared }]) => ({
      name: feed,
      url: `/v1/${name}/feeds/${feed}`,
      ...declared,
      takes: Object.fromEntries(
        Object.keys(declared.answers).map((answer) => [answer, parametersTaken(declared, answer, queries)]),
      ),
      publish: publish === undefined ? null : { topic: publish.topic, every_ms: publish.everyMs },
    })),
    counts,
    filters,
    panels,
    examples,
  }
}
