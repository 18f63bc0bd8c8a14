import { AppError, hasCode } from '../schemas/errors.ts'
import { unlessAborted } from '../schemas/unless-aborted.ts'
import { shuttingDown } from './drain.ts'
import { QueryGate } from './query-gate.ts'
import type { Answer, Progress, Reader, ReadRequest } from './reader.ts'

export type ReadLimits = {
  readonly queryTimeoutMs: number
  readonly answerBytesMax: number
  /** Of one kind: named queries and tables, or ad-hoc SQL. */
  readonly concurrencyMax: number
}

export type Read = Pick<ReadRequest, 'sql' | 'params' | 'view' | 'dataset' | 'after' | 'rowsMax'> & {
  readonly timeoutMs?: number
}

export type ReadsDeps = {
  /** Answers. */
  readonly reader: Reader
  /** Resolves once the reader can be asked about positions without a long wait. */
  readonly until: Progress['covered']
  readonly limits: ReadLimits
  /** Aborted when every read is to end: CLOSED. */
  readonly overdue: AbortSignal
  readonly now: () => number
}

/** For every query that runs, this many callers may wait: for a turn, and for positions. */
const waitingPerRunning = 4
const waitingForPositionsMax = 256

/** Runs so many reads at a time and lets so many wait; a read that waits for positions keeps nobody else from running. */
export class AnswerReads {
  readonly #deps: ReadsDeps
  readonly #gate: QueryGate
  readonly #waits = new QueryGate({ runningMax: waitingForPositionsMax, waitingMax: 0 })

  constructor(deps: ReadsDeps) {
    this.#deps = deps
    const { concurrencyMax } = deps.limits
    this.#gate = new QueryGate({ runningMax: concurrencyMax, waitingMax: concurrencyMax * waitingPerRunning })
  }

  /** `use` runs within the turn: what it asks of the engine counts as part of the query. */
  async run<T>(read: Read, gone: AbortSignal, use: (answer: Answer) => Promise<T>): Promise<T> {
    const { overdue } = this.#deps
    const end = new AbortController()
    const abort = (): void => end.abort(new AppError('CLOSED', 'The caller has gone.'))
    if (gone.aborted || overdue.aborted) abort()
    for (const signal of [gone, overdue]) signal.addEventListener('abort', abort)
    try {
      return await this.#run(read, end.signal, use)
    } catch (error) {
      throw overdue.aborted && hasCode(error, 'CLOSED') ? shuttingDown() : error
    } finally {
      for (const signal of [gone, overdue]) signal.removeEventListener('abort', abort)
    }
  }

  async #run<T>(read: Read, signal: AbortSignal, use: (answer: Answer) => Promise<T>): Promise<T> {
    const { limits, now, reader } = this.#deps
    const startMs = now()
    const timeoutMs = read.timeoutMs ?? limits.queryTimeoutMs
    await this.#until(read, timeoutMs, signal)
    return this.#gate.run(async () => {
      const leftMs = Math.max(1, timeoutMs - (now() - startMs))
      return use(await reader.read({ ...read, bytesMax: limits.answerBytesMax, timeoutMs: leftMs, signal }))
    }, signal)
  }

  /** What was asked takes its turn when it can be answered. */
  async #until({ after }: Read, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (after.size === 0) return
    await this.#waits.run(() => unlessAborted(() => this.#deps.until(after, timeoutMs), signal), signal)
  }
}
