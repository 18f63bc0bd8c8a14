import type { DuckDBInstance } from '@duckdb/node-api'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import { isoTime } from '../../schemas/formats/stream-time.ts'
import { partitionRangesJson } from '../../schemas/formats/offset-ranges.ts'
import type { PartitionRanges } from '../../schemas/formats/offset-ranges.ts'
import type { ReplicaState, SpeedProgress } from '../../schemas/ports/speed-layer.ts'
import { toJson } from '../../schemas/formats/tidemark.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import { waitingFor } from './replica-phase.ts'
import type { ReplicaPhase } from './replica-phase.ts'
import { ReadConnections } from './read-connections.ts'
import { readOneState } from './read-one-state.ts'
import type {
  Answer,
  AsOf,
  DatasetAsOf,
  ReplicaStatus,
  LostOffsets,
  Progress,
  ReadRequest,
  TogetherAnswer,
  TogetherReader,
  TogetherRequest,
  View,
} from './reader.ts'

/** The parts of a replica that its reader needs. */
export type ReplicaDataset = {
  readonly dataset: DefinedDataset
  readonly speed: SpeedProgress
  /** Hands over to the newest generation. */
  refresh(): Promise<void>
  readonly phase: ReplicaPhase
}

/** A view that cannot fold now is read as it is after this. */
const wakeMsMax = 1000

/** Answers statements over the merged view of this process. */
export class ReplicaReader implements TogetherReader, Progress {
  readonly #datasets: readonly ReplicaDataset[]
  readonly #connections: ReadConnections

  constructor(instance: DuckDBInstance, datasets: readonly ReplicaDataset[]) {
    this.#datasets = datasets
    this.#connections = new ReadConnections(instance)
  }

  /** The first read after a rest of the speed view waits for one micro-batch. */
  async read({ sql, params, ...request }: ReadRequest): Promise<Answer> {
    await this.wake(request.dataset, request.timeoutMs)
    const { answers, asOf, elapsedMs } = await this.readTogether({ ...request, statements: [{ sql, params }] })
    const [answer = noRows] = answers
    if ('error' in answer) throw answer.error
    return { ...answer, asOf, elapsedMs }
  }

  async readTogether(request: TogetherRequest): Promise<TogetherAnswer> {
    const startedAt = performance.now()
    const datasets = this.#meant(request.dataset)
    requireReady(datasets)
    await this.covered(request.after, request.timeoutMs)
    await this.attached(request.generations ?? new Map(), request.timeoutMs)
    const names = datasets.map(({ dataset }) => dataset.name)
    return await this.#connections.use(names, request.view, async (connection) => {
      const deadline = startedAt + request.timeoutMs
      const { answers, states } = await readOneState(connection, { request, names, deadline })
      return {
        answers,
        asOf: this.#asOf(request.view, states),
        elapsedMs: Math.round((performance.now() - startedAt) * 10) / 10,
      }
    })
  }

  status(): readonly ReplicaStatus[] {
    return this.#datasets.map((replica) => ({
      ...datasetAsOf(replica, replica.speed.state()),
      dataset: replica.dataset.name,
      topic: replica.dataset.topic,
      isReady: replica.phase.kind === 'ready',
      waitingFor: waitingFor(replica.phase, replica.speed.state().generation),
      start_end: toJson(replica.dataset.topic, replica.phase.startEnd ?? new Map()),
    }))
  }

  close(): void {
    this.#connections.close()
  }

  #meant(name: string | null): readonly ReplicaDataset[] {
    if (name === null) return this.#datasets
    const found = this.#datasets.filter(({ dataset }) => dataset.name === name)
    return found.length === 0 ? notThere(name) : found
  }

  async wake(dataset: string | null, timeoutMs: number): Promise<void> {
    const withinMs = Math.min(wakeMsMax, timeoutMs)
    await Promise.all(this.#meant(dataset).map(({ speed }) => speed.wake(withinMs)))
  }

  stateOf(dataset: string): object {
    return this.#meant(dataset)[0]?.speed.state() ?? notThere(dataset)
  }

  asOf(dataset: string, view: View): AsOf {
    return this.#asOf(view, new Map(this.#meant(dataset).map(({ speed }) => [dataset, speed.state()])))
  }

  async covered(after: ReadRequest['after'], timeoutMs: number): Promise<void> {
    await this.#until(after, timeoutMs, (speed, target, signal) => speed.reach(target, signal))
  }

  async received(after: ReadRequest['after'], timeoutMs: number): Promise<void> {
    await this.#until(after, timeoutMs, (speed, target, signal) => speed.receive(target, signal))
  }

  async #until(
    after: ReadRequest['after'],
    timeoutMs: number,
    wait: (speed: SpeedProgress, target: Positions, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const given = new AbortController()
    const waits = [...after].map(async ([topic, target]) => {
      const replica = this.#datasets.find(({ dataset }) => dataset.topic === topic)
      if (replica === undefined)
        throw new AppError('REQUEST_INVALID', `after names ${topic}, which is the topic of no dataset here`)
      requireReady([replica])
      requirePartitions(replica, target)
      await wait(replica.speed, target, given.signal)
    })
    if (waits.length === 0) return
    await this.#within(timeoutMs, () => Promise.all(waits)).finally(() => given.abort())
  }

  async #within(timeoutMs: number, work: () => Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(notReached(timeoutMs, this.#asOf('merged', new Map()))), timeoutMs)
    })
    try {
      await Promise.race([work(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async attached(generations: ReadonlyMap<string, number>, timeoutMs: number): Promise<void> {
    const behind = () =>
      this.#datasets.filter(({ dataset, speed }) => (generations.get(dataset.name) ?? 0) > speed.state().generation)
    if (behind().length === 0) return
    await this.#within(timeoutMs, () => Promise.allSettled(behind().map((replica) => replica.refresh())))
    if (behind().length > 0) throw notReached(timeoutMs, this.#asOf('merged', new Map()))
  }

  #asOf(view: View, states: ReadonlyMap<string, ReplicaState>): AsOf {
    const named = states.size === 0 ? this.#datasets : this.#datasets.filter(({ dataset }) => states.has(dataset.name))
    const entries = named.map(
      (replica) =>
        [
          replica.dataset.name,
          datasetAsOf(replica, states.get(replica.dataset.name) ?? replica.speed.state()),
        ] as const,
    )
    return { view, datasets: Object.fromEntries(entries) }
  }
}

function notThere(name: string): never {
  throw new AppError('NOT_FOUND', `there is no dataset ${name}`)
}

const noRows = { columns: [], rows: [], isTruncated: false } as const

function requireReady(datasets: readonly ReplicaDataset[]): void {
  for (const { phase, speed } of datasets) {
    const reason = waitingFor(phase, speed.state().generation)
    if (reason !== null) throw new AppError('NOT_READY', reason)
  }
}

function requirePartitions({ dataset, phase, speed }: ReplicaDataset, target: Positions): void {
  const known = new Set([...(phase.startEnd ?? new Map()).keys(), ...speed.state().positions.keys()])
  const unknown = [...target.keys()].filter((partition) => !known.has(partition))
  if (unknown.length === 0) return
  throw new AppError(
    'REQUEST_INVALID',
    `after names ${dataset.topic}/${unknown.join(', ')}; ${dataset.topic} has ${[...known].map((partition) => `${dataset.topic}/${partition}`).join(', ')}`,
  )
}

function datasetAsOf({ dataset, speed }: ReplicaDataset, state: ReplicaState): DatasetAsOf {
  const oldest = speed.oldestPending
  return {
    generation: state.generation,
    tidemark: toJson(dataset.topic, state.tidemark),
    speed: toJson(dataset.topic, state.positions),
    ...(state.lost.size === 0 ? {} : { lost: newestLost(dataset.topic, state.lost) }),
    stream_time: isoTime(state.streamTime),
    lag_ms: oldest === null ? 0 : Math.max(0, Date.now() - oldest),
  }
}

/** An answer names this many lost ranges of a partition; `tidemark status` names all. */
const lostRangesMax = 20

function newestLost(topic: string, lost: PartitionRanges): LostOffsets {
  return partitionRangesJson(topic, new Map([...lost].map(([partition, of]) => [partition, of.slice(-lostRangesMax)])))
}

function notReached(timeoutMs: number, asOf: AsOf): AppError {
  return new AppError(
    'AFTER_NOT_REACHED',
    `the events that \`after\` names were not in the answer within ${timeoutMs} ms: ask again`,
    { details: { as_of: asOf } },
  )
}
