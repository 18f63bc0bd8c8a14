import { AppError, hasCode } from '../../schemas/errors.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import { shuttingDown } from '../http/drain.ts'
import { isLong, KeptAnswers } from './kept-answers.ts'
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
const callersOwn = ['CLOSED', 'QUERY_TIMEOUT'] as const

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
    if (this.#isShared(read)) await this.#deps.states?.wake(read.dataset ?? '', timeoutMs)
    for (;;) {
      const known = this.#known(read)
      if (known !== undefined) {
        const shared = await this.#shared(known, read, asker)
        if (shared === null) continue
        const answer = { ...shared, elapsedMs: now() - startMs }
        // Many long texts of one answer would fill the memory, so those who send them take turns.
        return isLong(answer) ? await this.#gate.run(() => use(answer), asker) : await use(answer)
      }
      // Nothing is awaited between the look and the turn, so of many who come at once one computes the answer.
      const answered = await this.#gate.run(async () => {
        // While this read waited, another one of the same caller may have been killed, or somebody may have asked the same.
        this.#waits.check(asker.caller)
        if (this.#known(read) !== undefined) return null
        const leftMs = Math.max(1, timeoutMs - (now() - startMs))
        const request = { ...read, bytesMax: limits.answerBytesMax, timeoutMs: leftMs, signal: asker.gone }
        const answer = this.#read(request, asker)
        this.#keep(read, answer)
        return { used: await use(await answer) }
      }, asker)
      if (answered !== null) return answered.used
    }
  }

  #isShared({ dataset, mayShare }: Read): boolean {
    return this.#deps.states !== undefined && dataset !== null && mayShare === true
  }

  /** The answer at the state of this moment, if somebody has asked for it. */
  #known(read: Read): Promise<Answer> | undefined {
    if (!this.#isShared(read) || read.dataset === null || this.#deps.states === undefined) return undefined
    return this.#kept.get(read.dataset)?.find(this.#deps.states.stateOf(read.dataset), read)
  }

  /** Call it in the turn in which the answer began to be computed. */
  #keep(read: Read, answer: Promise<Answer>): void {
    if (!this.#isShared(read) || read.dataset === null || this.#deps.states === undefined) return
    const kept = this.#kept.get(read.dataset) ?? new KeptAnswers()
    this.#kept.set(read.dataset, kept)
    kept.keep(this.#deps.states.stateOf(read.dataset), read, answer)
  }

  /** Returns what somebody else has asked for, at its age of this moment; null if that caller's end was its end. */
  async #shared(known: Promise<Answer>, read: Read, { gone }: Asker): Promise<Answer | null> {
    try {
      const found = await unlessAborted(() => known, gone)
      return { ...found, asOf: this.#aged(read, found.asOf) }
    } catch (error) {
      if (gone.aborted || !callersOwn.some((code) => hasCode(error, code))) throw error
      return null
    }
  }

  /** An answer of the present state grows older with it. */
  #aged({ dataset, view }: Read, asOf: Answer['asOf']): Answer['asOf'] {
    const present = this.#deps.states?.asOf(dataset ?? '', view)
    return present !== undefined && standing(present) === standing(asOf) ? present : asOf
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

/** The state that an answer is of, without its age. */
function standing({ view, datasets }: Answer['asOf']): string {
  return JSON.stringify([view, Object.entries(datasets).map(([name, of]) => [name, { ...of, lag_ms: 0 }])])
}
