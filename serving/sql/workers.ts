import { Deferred } from '../../schemas/async/deferred.ts'
import { AppError } from '../../schemas/errors.ts'
import { StatementKilled } from '../replica/reader.ts'
import type { Answer, ReplicaStatus, ReadRequest, Reader } from '../replica/reader.ts'
import { SqlWorkerProcess } from './worker-process.ts'
import type { SqlWorkerCommand, WorkerEnd } from './worker-process.ts'

export type SqlWorkersOptions = {
  readonly command: SqlWorkerCommand
  readonly count: number
  /** Statements that may wait for a worker; one more is BUSY. */
  readonly waitingMax: number
  /** After its time-out, a statement has this long to stop before its worker is killed. */
  readonly graceMs: number
  /** The wait before a worker is started again; it doubles with each that ends before it can answer. */
  readonly restartMs: number
  /** How long one worker more than `count` is kept after a statement has cost one. */
  readonly spareMs: number
  /** Rings once after the time, unless the returned function is called before. */
  readonly setAlarm: (ms: number, ring: () => void) => () => void
  readonly onWorkerLost?: (end: WorkerEnd) => void
}

const restartMsMax = 10_000
/** A timer set much beyond this goes off at once. */
const timeoutMsMax = 2 ** 30

/** Ad-hoc SQL in other processes: whatever a statement does, it costs no more than the worker that runs it. */
export class SqlWorkers implements Reader {
  readonly #options: SqlWorkersOptions
  /** Those whose process has not ended. */
  readonly #workers = new Set<SqlWorkerProcess>()
  /** Those that have said that they can answer. */
  readonly #ready = new Set<SqlWorkerProcess>()
  /** Those of them that nobody uses, and a few that were lost meanwhile. */
  readonly #idle: SqlWorkerProcess[] = []
  readonly #waiting = new Set<Deferred<SqlWorkerProcess>>()
  readonly #restarts = new Set<NodeJS.Timeout>()
  /** Ends the wish for a spare; null where there is none. */
  #endSpare: (() => void) | null = null
  #lastStatuses: readonly ReplicaStatus[] = []
  #failedStarts = 0
  #isClosed = false

  constructor(options: SqlWorkersOptions) {
    this.#options = options
  }

  /** Starts the workers; statements wait for the first that can answer. */
  start(): void {
    if (this.#isClosed || this.#workers.size > 0) return
    for (let started = 0; started < this.#options.count; started += 1) this.#startWorker()
  }

  /** A statement that waits for a worker longer than its time-out is BUSY, or NOT_READY where none could answer. */
  async read(request: ReadRequest): Promise<Answer> {
    const startedAt = performance.now()
    const elapsedMs = () => Math.round((performance.now() - startedAt) * 10) / 10
    const leftMs = () => Math.max(1, Math.round(Math.min(timeoutMsMax, request.timeoutMs) - elapsedMs()))
    let worker = await this.#takeWorker(leftMs(), request.signal)
    while (worker.isLost) worker = await this.#takeWorker(leftMs(), request.signal)
    try {
      const answer = await worker.run({ ...request, timeoutMs: leftMs() }, this.#options.graceMs)
      return { ...answer, elapsedMs: elapsedMs() }
    } catch (error) {
      if (error instanceof StatementKilled) this.#keepSpare()
      throw error
    } finally {
      this.#offer(worker)
    }
  }

  /** Workers that can answer, busy ones too. */
  get readyCount(): number {
    return this.#ready.size
  }

  status(): readonly ReplicaStatus[] {
    const worker = [...this.#ready].find(({ isLost }) => !isLost)
    if (worker === undefined) {
      return this.#lastStatuses.map((status) => ({ ...status, isReady: false, waitingFor: 'a SQL worker to start' }))
    }
    this.#lastStatuses = worker.statuses
    return worker.statuses
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#endSpare?.()
    for (const restart of this.#restarts) clearTimeout(restart)
    for (const waiting of this.#waiting) waiting.reject(closed())
    await Promise.all([...this.#workers].map((worker) => worker.close()))
  }

  async #takeWorker(waitMs: number, signal: AbortSignal | undefined): Promise<SqlWorkerProcess> {
    if (this.#isClosed) throw closed()
    // The one that answered last: it need not catch up with what callers have seen.
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    const { waitingMax } = this.#options
    if (this.#waiting.size >= waitingMax) {
      throw new AppError('BUSY', `every SQL worker is busy and ${waitingMax} statements wait already`)
    }
    const turn = new Deferred<SqlWorkerProcess>()
    this.#waiting.add(turn)
    // Whoever has been given a worker does not give up: it would be nobody's.
    const giveUp = (why: AppError): void => {
      if (this.#waiting.delete(turn)) turn.reject(why)
    }
    const leave = (): void => giveUp(new AppError('CLOSED', 'the caller has gone'))
    const late = setTimeout(() => giveUp(this.#notInTime(waitMs)), waitMs)
    signal?.addEventListener('abort', leave)
    if (signal?.aborted === true) leave()
    try {
      return await turn.promise
    } finally {
      clearTimeout(late)
      signal?.removeEventListener('abort', leave)
    }
  }

  #notInTime(waitMs: number): AppError {
    return this.#ready.size === 0
      ? new AppError('NOT_READY', 'no SQL worker can answer yet')
      : new AppError('BUSY', `every SQL worker was busy for ${Math.round(waitMs)} ms`)
  }

  /** The worker goes straight to the next in line. */
  #offer(worker: SqlWorkerProcess): void {
    if (worker.isLost) return
    const [next] = this.#waiting
    if (next === undefined) {
      if (this.#missing() < 0) void worker.close()
      else this.#idle.push(worker)
      return
    }
    this.#waiting.delete(next)
    next.resolve(worker)
  }

  #startWorker(): void {
    const worker = new SqlWorkerProcess(this.#options.command)
    this.#workers.add(worker)
    void worker.ready.then(() => {
      if (worker.isLost) return
      this.#failedStarts = 0
      this.#ready.add(worker)
      this.#offer(worker)
      // One after the other: the first that is ready is waited for.
      if (this.#missing() > 0) this.#startWorker()
    })
    void worker.ended.then((end) => this.#replace(worker, end))
  }

  /** How many more workers are wanted than there are. */
  #missing(): number {
    const wanted = this.#options.count + (this.#endSpare === null ? 0 : 1)
    return wanted - this.#workers.size - this.#restarts.size
  }

  /** Statements that cost a worker come in a row: until they have stopped, the next in line does not wait for a start. */
  #keepSpare(): void {
    if (this.#isClosed) return
    this.#endSpare?.()
    this.#endSpare = this.#options.setAlarm(this.#options.spareMs, () => {
      this.#endSpare = null
      const idle = this.#idle.pop()
      if (idle !== undefined) this.#offer(idle)
    })
  }

  #replace(worker: SqlWorkerProcess, end: WorkerEnd): void {
    this.#workers.delete(worker)
    if (this.#ready.delete(worker)) this.#lastStatuses = worker.statuses
    else this.#failedStarts += 1
    if (this.#isClosed || this.#missing() <= 0) return
    this.#options.onWorkerLost?.(end)
    const waitMs = Math.min(restartMsMax, this.#options.restartMs * 2 ** this.#failedStarts)
    const restart = setTimeout(() => {
      this.#restarts.delete(restart)
      this.#startWorker()
    }, waitMs)
    this.#restarts.add(restart)
  }
}

function closed(): AppError {
  return new AppError('CLOSED', 'the service is closing')
}
