import { Deferred } from '../../schemas/async/deferred.ts'
import { AppError } from '../../schemas/errors.ts'
import type {
  Answer,
  DatasetAsOf,
  ReplicaStatus,
  ReadRequest,
  TogetherAnswer,
  Progress,
  TogetherReader,
  TogetherRequest,
} from '../../serving/replica/reader.ts'

/** Answers what it was told to, remembers what it was asked, and fails, holds back or waits on demand. */
export class FakeReader implements TogetherReader, Progress {
  readonly requests: ReadRequest[] = []
  /** How many began to wait for positions. */
  waiting = 0
  answer: (request: ReadRequest) => Promise<Answer> | Answer = () => oneRow
  datasets: readonly ReplicaStatus[] = [rsvpStatus]
  /** What answers depend on. Null if no two answers are of the same state. */
  state: object | null = null
  #nextError: Error | null = null
  #hold: Deferred | null = null
  #behind: Deferred | null = null
  #arrivals: Deferred = new Deferred()

  failNextRead(error: Error): void {
    this.#nextError = error
  }

  /** Reads stay without an answer until the returned function is called. */
  hold(): () => void {
    const held = new Deferred()
    this.#hold = held
    return () => {
      this.#hold = null
      held.resolve()
    }
  }

  /** Positions stay uncovered until the returned function is called. */
  fallBehind(): () => void {
    const behind = new Deferred()
    this.#behind = behind
    return () => {
      this.#behind = null
      behind.resolve()
    }
  }

  /** Resolves once so many have begun to wait for positions. */
  async waited(count: number): Promise<void> {
    while (this.waiting < count) await this.#arrivals.promise
  }

  /** Resolves once so many reads have been asked. */
  async asked(count: number): Promise<void> {
    while (this.requests.length < count) await this.#arrivals.promise
  }

  async read(request: ReadRequest): Promise<Answer> {
    this.requests.push(request)
    this.#arrivals.resolve()
    this.#arrivals = new Deferred()
    const error = this.#nextError
    this.#nextError = null
    if (error !== null) throw error
    await this.#hold?.promise
    for (const [topic, positions] of request.after) this.#requireReached(topic, positions)
    return this.answer(request)
  }

  /** Each statement is a read of its own; what the last one stands on is what all do. */
  async readTogether({ statements, ...request }: TogetherRequest): Promise<TogetherAnswer> {
    const reads = statements.map((statement) => this.read({ ...request, ...statement }))
    const settled = await Promise.allSettled(reads)
    const read = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const [last] = read.slice(-1)
    if (last === undefined) await reads[0]
    const answers = settled.map((one) => (one.status === 'fulfilled' ? one.value : { error: one.reason }))
    return { answers, asOf: last?.asOf ?? asOf, elapsedMs: 1 }
  }

  async covered(after: ReadRequest['after']): Promise<void> {
    this.waiting += 1
    this.#arrivals.resolve()
    this.#arrivals = new Deferred()
    await this.#behind?.promise
    for (const [topic, positions] of after) this.#requireReached(topic, positions)
  }

  async attached(): Promise<void> {}

  async wake(): Promise<void> {}

  stateOf(): object {
    return this.state ?? {}
  }

  asOf(): Answer['asOf'] {
    return asOf
  }

  received(after: ReadRequest['after']): Promise<void> {
    return this.covered(after)
  }

  status(): readonly ReplicaStatus[] {
    return this.datasets
  }

  #requireReached(topic: string, positions: ReadonlyMap<number, bigint>): void {
    const speed = this.datasets.find((dataset) => dataset.topic === topic)?.speed ?? {}
    for (const [partition, offset] of positions) {
      if (BigInt(speed[`${topic}/${partition}`] ?? 0) >= offset) continue
      throw new AppError('AFTER_NOT_REACHED', `${topic}/${partition} stands below ${offset}.`)
    }
  }
}

export const rsvpStatus: ReplicaStatus = {
  dataset: 'rsvp',
  topic: 'rsvp',
  isReady: true,
  waitingFor: null,
  generation: 3,
  tidemark: { 'rsvp/0': '1200' },
  speed: { 'rsvp/0': '1541' },
  stream_time: '2017-03-19T12:19:00.000Z',
  lag_ms: 0,
  start_end: { 'rsvp/0': '1500' },
}

const { generation, tidemark, speed, stream_time, lag_ms } = rsvpStatus

export const rsvpAsOf: DatasetAsOf = { generation, tidemark, speed, stream_time, lag_ms }

export const asOf: Answer['asOf'] = { view: 'merged', datasets: { rsvp: rsvpAsOf } }

export const oneRow: Answer = {
  columns: [{ name: 'one', type: 'INTEGER' }],
  rows: [[1]],
  isTruncated: false,
  asOf,
  elapsedMs: 1.5,
}
