import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { Deferred } from '../../schemas/async/deferred.ts'
import { AppError } from '../../schemas/errors.ts'
import { StatementKilled, isPositional } from '../replica/reader.ts'
import type { Answer, ReplicaStatus, JsonValue, ReadRequest } from '../replica/reader.ts'
import { FromWorker, Row } from './worker-protocol.ts'
import type { ToWorker } from './worker-protocol.ts'

export type SqlWorkerCommand = {
  /** The JavaScript file that calls `startSqlWorker`. */
  readonly script: string
  readonly args: readonly string[]
  /** The whole environment of the process: give it no more than it needs. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** On Linux the operating system enforces the limit. Everywhere the worker also watches itself. */
  readonly memoryBytesMax: number
}

/**
 * How a worker ended. `reason` is for people. `isStatements` is true if its statement was the cause. `wasReady` is true
 * if it had been ready.
 */
export type WorkerEnd = {
  readonly pid: number | undefined
  readonly reason: string
  readonly isStatements: boolean
  readonly wasReady: boolean
}

type Running = {
  readonly id: number
  readonly request: ReadRequest
  readonly answer: Deferred<Answer>
  readonly rows: (readonly JsonValue[])[]
  /** The beginning of a row whose end has not arrived yet. */
  rest: string
  length: number
}

const closeWithinMs = 2_000

/**
 * One worker process.
 *
 * States: it is starting until it says that it is ready, then idle or busy. It is lost as soon as it says that it
 * closes, breaks the protocol, is killed or ends. A lost worker never comes back.
 */
export class SqlWorkerProcess {
  readonly #child: ChildProcess
  readonly #ready = new Deferred()
  readonly #ended = new Deferred<WorkerEnd>()
  #statuses: readonly ReplicaStatus[] = []
  #running: Running | null = null
  /** Why it was given up; null if it was not. */
  #fault: string | null = null
  #isLost = false
  #wasReady = false
  #isStatements = false
  #isKilled = false
  #lastId = 0
  #closeLimit: NodeJS.Timeout | undefined

  constructor(command: SqlWorkerCommand) {
    this.#child = startChild(command)
    this.#child.on('message', (message) => this.#take(message))
    this.#child.on('error', (error) => this.#end(error.message))
    this.#child.on('exit', (code, signal) =>
      this.#end(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`),
    )
    // At 'disconnect', everything that the worker sent has been read; at 'exit' this need not be so.
    this.#child.on('disconnect', () => {
      this.#isLost = true
      this.#child.kill('SIGKILL')
      this.#running?.answer.reject(workerLost())
    })
  }

  /** Resolves once the worker is ready; never, if it ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Resolves when the process has ended. */
  get ended(): Promise<WorkerEnd> {
    return this.#ended.promise
  }

  /** True once it takes no more statements. */
  get isLost(): boolean {
    return this.#isLost
  }

  get statuses(): readonly ReplicaStatus[] {
    return this.#statuses
  }

  /**
   * Runs a statement; call it for an idle worker only. Throws QUERY_TIMEOUT if the statement does not stop within its
   * time-out and `graceMs`, which ends the worker; WORKER_LOST if the worker ends for another reason; CLOSED if the
   * caller has gone, which stops the statement, or the worker if that does not help.
   */
  async run(request: ReadRequest, graceMs: number): Promise<Answer> {
    if (this.#isLost) throw workerLost()
    if (request.signal?.aborted === true) throw callerGone()
    this.#lastId += 1
    const running: Running = { id: this.#lastId, request, answer: new Deferred(), rows: [], rest: '', length: 0 }
    this.#running = running
    this.#send({ type: 'read', id: running.id, request: toMessage(request) })
    const stop = (why: AppError): void => {
      running.answer.reject(why)
      this.#isStatements = true
      this.kill('its statement could not be interrupted')
    }
    const late = new AppError('QUERY_TIMEOUT', `the statement took longer than ${request.timeoutMs} ms`)
    let deadline = setTimeout(() => stop(late), request.timeoutMs + graceMs)
    const leave = (): void => {
      this.#send({ type: 'cancel', id: running.id })
      clearTimeout(deadline)
      deadline = setTimeout(() => stop(callerGone()), graceMs)
    }
    request.signal?.addEventListener('abort', leave)
    try {
      return await running.answer.promise
    } catch (error) {
      // If the worker gave a reason for its end, its statement was not the cause.
      const isStatements = this.#isLost && (this.#isStatements || this.#fault === null)
      throw isStatements && endsWorkers(error)
        ? new StatementKilled(error.code, error.message, { cause: error })
        : error
    } finally {
      clearTimeout(deadline)
      request.signal?.removeEventListener('abort', leave)
      this.#running = null
    }
  }

  kill(fault: string): void {
    this.#isLost = true
    this.#isKilled = true
    this.#fault ??= fault
    this.#child.kill('SIGKILL')
  }

  /** Tells the worker to end, and kills it if it does not. */
  async close(): Promise<void> {
    this.#send({ type: 'close' })
    this.#expectEnd()
    await this.#ended.promise
  }

  #expectEnd(): void {
    this.#isLost = true
    this.#closeLimit ??= setTimeout(() => this.kill('it did not close'), closeWithinMs)
  }

  #end(reason: string): void {
    this.#isLost = true
    clearTimeout(this.#closeLimit)
    if (!this.#child.connected) this.#running?.answer.reject(workerLost())
    this.#ended.resolve({
      pid: this.#child.pid,
      reason: this.#fault ?? reason,
      isStatements: this.#isStatements,
      wasReady: this.#wasReady,
    })
  }

  #send(message: ToWorker): void {
    // If the channel has gone, the end of the process will be noticed.
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  #take(received: unknown): void {
    // Messages that were sent before the kill are not answers.
    if (this.#isKilled) return
    const parsed = FromWorker.safeParse(received)
    if (!parsed.success) return this.kill(`it sent a message that cannot be read: ${parsed.error.message}`)
    const message = parsed.data
    switch (message.type) {
      case 'ready':
        this.#wasReady = true
        return this.#ready.resolve()
      case 'status':
        this.#statuses = message.statuses
        return
      case 'closing':
        this.#isStatements = true
        this.#fault ??= 'a statement used up its memory'
        return this.#expectEnd()
      case 'ending':
        this.#fault ??= message.reason
        return
      default:
        if (this.#running?.id === message.id) this.#takeAnswer(this.#running, message)
    }
  }

  #takeAnswer(running: Running, message: Extract<FromWorker, { id: number }>): void {
    switch (message.type) {
      case 'rows':
        return this.#takeRows(running, message.text)
      case 'answer':
        return running.answer.resolve({ ...message.answer, rows: running.rows })
      case 'failure':
        return running.answer.reject(new AppError(message.code, message.message, { details: message.details }))
    }
  }

  #takeRows(running: Running, text: string): void {
    // JSON text is at most six times as long as the worker counts it, so a worker that sends more is broken.
    running.length += text.length
    if (running.length > 8 * running.request.bytesMax + 1024) return this.kill('it sent more than an answer may hold')
    const lines = (running.rest + text).split('\n')
    running.rest = lines.pop() ?? ''
    try {
      for (const line of lines) running.rows.push(Row.parse(JSON.parse(line)))
    } catch {
      this.kill('it sent a row that cannot be read')
    }
  }
}

/** A worker that has used up its memory ends after any failure. The last statement need not be the cause. */
function endsWorkers(error: unknown): error is AppError {
  return (
    error instanceof AppError && ['QUERY_TIMEOUT', 'CLOSED', 'WORKER_LOST', 'QUERY_CAP_EXCEEDED'].includes(error.code)
  )
}

function workerLost(): AppError {
  return new AppError('WORKER_LOST', 'the process that ran the statement ended; a new one is started')
}

function callerGone(): AppError {
  return new AppError('CLOSED', 'the caller has gone')
}

function toMessage({
  signal: _signal,
  generations,
  ...request
}: ReadRequest): Extract<ToWorker, { type: 'read' }>['request'] {
  const after = new Map([...request.after].map(([topic, positions]) => [topic, new Map(positions)]))
  const wanted = generations === undefined ? {} : { generations: new Map(generations) }
  return {
    ...request,
    ...wanted,
    after,
    params: isPositional(request.params) ? [...request.params] : { ...request.params },
  }
}

/** The service's stdout is for data, so a worker writes to stderr only. */
function startChild({ script, args, environment, memoryBytesMax }: SqlWorkerCommand): ChildProcess {
  const node = [process.execPath, script, ...args]
  const limited = ['sh', '-c', `ulimit -d ${Math.floor(memoryBytesMax / 1024)}; exec "$@"`, 'sh', ...node]
  const [file = '', ...rest] = process.platform === 'linux' ? limited : node
  return spawn(file, rest, { env: { ...environment }, stdio: ['ignore', 2, 2, 'ipc'], serialization: 'advanced' })
}
