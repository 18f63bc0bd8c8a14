import { Deferred } from '../../schemas/async/deferred.ts'
import { AppError } from '../../schemas/errors.ts'
import { StatementKilled } from '../replica/reader.ts'
import type { Answer, ReplicaStatus, ReadRequest, Reader } from '../replica/reader.ts'
import { SqlWorkerProcess } from './worker-process.ts'
import type { SqlWorkerCommand, WorkerEnd } from './worker-process.ts'

export type SqlWorkersOptions = {
  readonly command: SqlWorkerCommand
  readonly count: number
  /** How many statements may wait for a worker; `read` throws BUSY for one more. */
  readonly waitingMax: number
  /** A statement has this long after its time-out to stop; then its worker is killed. */
  readonly graceMs: number
  /** The wait before a worker is started again. It doubles for each worker that ends before it is ready. */
  readonly restartMs: number
  /** How long one worker more than `count` is kept after a statement has cost a worker. */
  readonly spareMs: number
  /** Calls `ring` once after the time, unless the returned function is called before. */
  readonly setAlarm: (ms: number, ring: () => void) => () => void
  readonly onWorkerReady?: () => void
  readonly onWorkerLost?: (end: WorkerEnd) => void
}

/** A worker reads what the generation does not cover before it is ready, which costs much if it cannot end well. */
const restartMsMax = 30_000
/** A timer that is set much beyond this fires at once. */
const timeoutMsMax = 2 ** 30

/** Ad-hoc SQL in other processes: whatever a statement does, it costs no more than the worker that runs it. */
export class SqlWorkers implements Reader {
  readonly #options: SqlWorkersOptions
  /** All workers whose process has not ended. */
  readonly #workers = new Set<SqlWorkerProcess>()
  /** The workers that have said that they are ready, lost ones too until their process ends. */
  readonly #ready = new Set<SqlWorkerProcess>()
  /**
   * The ready workers that run no statement. A worker that is lost while idle stays here until it is taken, and then
   * passed over.
   */
  readonly #idle: SqlWorkerProcess[] = []
  readonly #waiting = new Set<Deferred<SqlWorkerProcess>>()
  readonly #restarts = new Set<NodeJS.Timeout>()
  /** Stops keeping a spare worker; null if none is kept. */
  #endSpare: (() => void) | null = null
  #lastStatuses: readonly ReplicaStatus[] = []
  #failedStarts = 0
  #lastReason: string | null = null
  #isStarted = false
  #isClosed = false

  constructor(options: SqlWorkersOptions) {
    this.#options = options
  }

  /** Starts the workers. Until then `read` throws NOT_READY; then statements wait for the first one that is ready. */
  start(): void {
    if (this.#isClosed || this.#isStarted) return
    this.#isStarted = true
    for (let started = 0; started < this.#options.count; started += 1) this.#startWorker()
  }

  /**
   * Throws BUSY if the statement waits for a worker longer than its time-out, NOT_READY if no worker is ready by then.
   */
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

  /** How many workers are ready, busy ones too. */
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
    if (!this.#isStarted) throw new AppError('NOT_READY', notStarted)
    // Takes the worker that answered last: it is the least behind what callers have seen.
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    const { waitingMax } = this.#options
    if (this.#waiting.size >= waitingMax) {
      throw new AppError('BUSY', `every SQL worker is busy and ${waitingMax} statements wait already`)
    }
    const turn = new Deferred<SqlWorkerProcess>()
    this.#waiting.add(turn)
    // After a worker was given to the caller, giving up would leave the worker to nobody.
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
      ? new AppError(
          'NOT_READY',
          `no SQL worker can answer yet${this.#failedStarts === 0 ? '' : `; the last one ended before it was ready: ${this.#lastReason}`}`,
        )
      : new AppError('BUSY', `every SQL worker was busy for ${Math.round(waitMs)} ms`)
  }

  /** Gives the worker to the next in line at once. */
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
      this.#options.onWorkerReady?.()
      this.#ready.add(worker)
      this.#offer(worker)
      // A worker that is still missing starts only now, after this one is ready.
      if (this.#missing() > 0) this.#startWorker()
    })
    void worker.ended.then((end) => this.#replace(worker, end))
  }

  /** Returns how many workers are missing; negative if there are too many. */
  #missing(): number {
    const wanted = this.#options.count + (this.#endSpare === null ? 0 : 1)
    return wanted - this.#workers.size - this.#restarts.size
  }

  /**
   * Statements that cost a worker come in a row. Until they have stopped, a spare worker saves the next in line the
   * wait for a start.
   */
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
    this.#lastReason = end.reason
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

const notStarted = 'SQL workers start once tables and named queries are answered: /readyz says what is waited for'

function closed(): AppError {
  return new AppError('CLOSED', 'the service is closing')
}
