import { AppError, hasCode } from '../../schemas/errors.ts'
import { Deferred } from '../../schemas/async/deferred.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import { shuttingDown } from '../http/drain.ts'
import { KeptAnswers } from './kept-answers.ts'
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
  /** True if an answer that was computed for another caller at the same state will do. */
  readonly mayShare?: boolean
}

export type ReadsDeps = {
  /** The reader that answers. */
  readonly reader: Reader
  /** Resolves once the reader has reached the positions, or nearly, so that it can be asked without a long wait. */
  readonly until: Progress['covered']
  /** The states that answers are of. If absent, no answers are shared. */
  readonly states?: Pick<Progress, 'wake' | 'stateOf' | 'asOf'>
  readonly limits: ReadLimits
  /** Aborts when every read has to end, with CLOSED. */
  readonly overdue: AbortSignal
  readonly now: () => number
}

/** Failures that are not of the statement but of the caller who asked for it. */
const callersOwn = ['CLOSED', 'QUERY_TIMEOUT', 'BUSY'] as const

/** One of the two is null, or both if nothing is shared. */
type Share = { readonly found: Answer | null; readonly asked: Deferred<Answer> | null }

/** For each query that may run, this many callers may wait for a turn, and for positions. */
const waitingPerRunning = 4
const waitingForPositionsMax = 256
const killedLimits = { firstMs: 5_000, waitMsMax: 600_000, quietMs: 600_000, callersMax: 10_000 } as const

/**
 * Runs a limited number of reads at a time, and lets a limited number wait. A read that still waits for positions takes
 * no turn from other reads, nor does one that is answered from what another caller asked at the same state.
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
  readonly #kept = new Map<string, KeptAnswers>()

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
    const { found, asked } = await this.#share(read, timeoutMs, asker)
    if (found !== null) return await use(found)
    try {
      return await this.#gate.run(async () => {
        // While this read waited, another one of the same caller may have been killed.
        this.#waits.check(asker.caller)
        const leftMs = Math.max(1, timeoutMs - (now() - startMs))
        const request = { ...read, bytesMax: limits.answerBytesMax, timeoutMs: leftMs, signal: asker.gone }
        const answer = await this.#read(request, asker)
        asked?.resolve(answer)
        return await use(answer)
      }, asker)
    } catch (error) {
      asked?.reject(error)
      throw error
    }
  }

  /**
   * Returns the answer that another caller has asked for at this state; or what is to be told the answer, because others
   * may ask for it from now on.
   */
  async #share(read: Read, timeoutMs: number, { gone }: Asker): Promise<Share> {
    const { states, now } = this.#deps
    const { dataset, mayShare } = read
    if (states === undefined || dataset === null || mayShare !== true) return { found: null, asked: null }
    const startMs = now()
    await states.wake(dataset, timeoutMs)
    const state = states.stateOf(dataset)
    const kept = this.#kept.get(dataset) ?? new KeptAnswers()
    this.#kept.set(dataset, kept)
    const answer = kept.find(state, read)
    if (answer === undefined) {
      const asked = new Deferred<Answer>()
      kept.keep(state, read, asked.promise)
      return { found: null, asked }
    }
    try {
      const found = await unlessAborted(() => answer, gone)
      // An answer of the present state grows older with it.
      const asOf = states.stateOf(dataset) === state ? states.asOf(dataset, read.view) : found.asOf
      return { found: { ...found, asOf, elapsedMs: now() - startMs }, asked: null }
    } catch (error) {
      // The other caller may have gone, had no place to wait, or was to have the answer sooner.
      if (gone.aborted || !callersOwn.some((code) => hasCode(error, code))) throw error
      return { found: null, asked: null }
    }
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
