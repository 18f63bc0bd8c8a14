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
  /** How many reads of this kind run at a time. The kinds are named queries with tables, and ad-hoc SQL. */
  readonly concurrencyMax: number
  /** How many of them may belong to one caller. */
  readonly perCallerMax: number
}

export type Read = Pick<ReadRequest, 'sql' | 'params' | 'view' | 'dataset' | 'after' | 'rowsMax'> & {
  readonly timeoutMs?: number
}

export type ReadsDeps = {
  /** The reader that answers. */
  readonly reader: Reader
  /** Resolves once the reader has reached the positions, or nearly, so that it can be asked without a long wait. */
  readonly until: Progress['covered']
  readonly limits: ReadLimits
  /** Aborts when every read has to end, with CLOSED. */
  readonly overdue: AbortSignal
  readonly now: () => number
}

/** For each query that may run, this many callers may wait for a turn, and for positions. */
const waitingPerRunning = 4
const waitingForPositionsMax = 256
const killedLimits = { firstMs: 5_000, waitMsMax: 600_000, quietMs: 600_000, callersMax: 10_000 } as const

/**
 * Runs a limited number of reads at a time, and lets a limited number wait. A read that still waits for positions takes
 * no turn from other reads.
 */
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

  /** `use` runs within the turn, so that its work in the engine counts as part of the query. */
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
      // While this read waited, another one of the same caller may have been killed.
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

  /** Waits for the positions before the read takes its turn: a turn is for reads that can be answered. */
  async #until({ after }: Read, timeoutMs: number, asker: Asker): Promise<void> {
    if (after.size === 0) return
    await this.#positions.run(() => unlessAborted(() => this.#deps.until(after, timeoutMs), asker.gone), asker)
  }
}
