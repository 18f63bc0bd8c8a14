import { AppError, hasCode } from '../../schemas/errors.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import { shuttingDown } from '../http/drain.ts'
import { CallerWaits } from './caller-waits.ts'
import { QueryGate } from './query-gate.ts'
import type { Asker } from './query-gate.ts'
import { StatementKilled } from '../replica/reader.ts'
import type { Answer, Progress, Reader, ReadRequest } from '../replica/reader.ts'

export type ReadLimits = {
  readonly queryTimeoutMs: number
  readonly answerBytesMax: number
  /** Of one kind: named queries and tables, or ad-hoc SQL. */
  readonly concurrencyMax: number
  /** Of those, how many may be one caller's. */
  readonly perCallerMax: number
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
const killedLimits = { firstMs: 5_000, waitMsMax: 600_000, quietMs: 600_000, callersMax: 10_000 } as const

/** Runs so many reads at a time and lets so many wait; a read that waits for positions keeps nobody else from running. */
export class AnswerReads {
  readonly #deps: ReadsDeps
  readonly #gate: QueryGate
  readonly #positions = new QueryGate({
    runningMax: waitingForPositionsMax,
    runningPerCallerMax: waitingForPositionsMax / 2,
    waitingMax: 0,
  })
  readonly #waits: CallerWaits

  constructor(deps: ReadsDeps) {
    this.#deps = deps
    const { concurrencyMax, perCallerMax } = deps.limits
    this.#gate = new QueryGate({
      runningMax: concurrencyMax,
      runningPerCallerMax: perCallerMax,
      waitingMax: concurrencyMax * waitingPerRunning,
    })
    this.#waits = new CallerWaits(killedLimits, deps.now)
  }

  /** `use` runs within the turn: what it asks of the engine counts as part of the query. */
  async run<T>(read: Read, { caller, gone }: Asker, use: (answer: Answer) => Promise<T>): Promise<T> {
    const { overdue } = this.#deps
    const end = new AbortController()
    const abort = (): void => end.abort(new AppError('CLOSED', 'The caller has gone.'))
    if (gone.aborted || overdue.aborted) abort()
    for (const signal of [gone, overdue]) signal.addEventListener('abort', abort)
    try {
      return await this.#run(read, { caller, gone: end.signal }, use)
    } catch (error) {
      throw overdue.aborted && hasCode(error, 'CLOSED') ? shuttingDown() : error
    } finally {
      for (const signal of [gone, overdue]) signal.removeEventListener('abort', abort)
    }
  }

  async #run<T>(read: Read, asker: Asker, use: (answer: Answer) => Promise<T>): Promise<T> {
    const { limits, now } = this.#deps
    const startMs = now()
    const timeoutMs = read.timeoutMs ?? limits.queryTimeoutMs
    this.#waits.check(asker.caller)
    await this.#until(read, timeoutMs, asker)
    return this.#gate.run(async () => {
      // Another of the caller's may have been killed meanwhile.
      this.#waits.check(asker.caller)
      const leftMs = Math.max(1, timeoutMs - (now() - startMs))
      const request = { ...read, bytesMax: limits.answerBytesMax, timeoutMs: leftMs, signal: asker.gone }
      return use(await this.#read(request, asker))
    }, asker)
  }

  async #read(request: ReadRequest, { caller }: Asker): Promise<Answer> {
    try {
      return await this.#deps.reader.read(request)
    } catch (error) {
      if (error instanceof StatementKilled) this.#waits.begin(caller)
      throw error
    }
  }

  /** What was asked takes its turn when it can be answered. */
  async #until({ after }: Read, timeoutMs: number, asker: Asker): Promise<void> {
    if (after.size === 0) return
    await this.#positions.run(() => unlessAborted(() => this.#deps.until(after, timeoutMs), asker.gone), asker)
  }
}
