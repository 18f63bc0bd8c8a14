import { Deferred } from '../../schemas/async/deferred.ts'
import { AppError } from '../../schemas/errors.ts'

export type GateLimits = {
  readonly runningMax: number
  /** How many may run for one caller. */
  readonly runningPerCallerMax: number
  readonly waitingMax: number
}

/** The caller, and a signal that aborts when the caller no longer waits for the answer. */
export type Asker = { readonly caller: string; readonly gone: AbortSignal }

/** The running and waiting work of one caller. A caller who has neither has no line. */
type Line = { running: number; readonly waiting: Set<Deferred> }

/**
 * Lets a limited number of pieces of work run and a limited number wait. Callers take turns: a caller who has just had
 * a turn comes last, so that a caller with much work waits for callers with little. When all places to wait are taken,
 * the caller with most waiting work loses one to a caller with less; if there is no such caller, `run` throws BUSY.
 */
export class QueryGate {
  readonly #limits: GateLimits
  /** Lines by caller, in the order of their next turns. */
  readonly #lines = new Map<string, Line>()
  #running = 0
  #waiting = 0

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /** Throws CLOSED if the caller gives up while waiting, which frees the place. */
  async run<T>(work: () => Promise<T>, { caller, gone }: Asker): Promise<T> {
    const line = this.#lines.get(caller) ?? { running: 0, waiting: new Set() }
    if (!this.#start(line)) await this.#wait(caller, line, gone)
    this.#lines.set(caller, line)
    try {
      return await work()
    } finally {
      this.#leave(caller, line)
    }
  }

  /** New work may start ahead of the work that waits: that work could not start before, and cannot now. */
  #start(line: Line): boolean {
    const { runningMax, runningPerCallerMax } = this.#limits
    if (this.#running >= runningMax || line.running >= runningPerCallerMax) return false
    this.#running += 1
    line.running += 1
    return true
  }

  async #wait(caller: string, line: Line, gone: AbortSignal): Promise<void> {
    if (this.#waiting >= this.#limits.waitingMax) this.#makeRoomFor(line)
    const turn = new Deferred()
    const giveUp = () => {
      if (this.#forget(line, turn)) turn.reject(new AppError('CLOSED', 'The caller has gone.'))
    }
    this.#lines.set(caller, line)
    line.waiting.add(turn)
    this.#waiting += 1
    gone.addEventListener('abort', giveUp)
    if (gone.aborted) giveUp()
    try {
      await turn.promise
    } finally {
      gone.removeEventListener('abort', giveUp)
      this.#close(caller, line)
    }
  }

  /** Of callers with equally much waiting work, the one who came first keeps the place. */
  #makeRoomFor(line: Line): void {
    const { runningMax, waitingMax } = this.#limits
    const longest = [...this.#lines.values()].reduce((a, b) => (b.waiting.size > a.waiting.size ? b : a), line)
    const last = [...longest.waiting].at(-1)
    if (last === undefined || longest.waiting.size < line.waiting.size + 2) {
      throw new AppError('BUSY', `${runningMax} queries run and ${waitingMax} wait already.`)
    }
    this.#forget(longest, last)
    last.reject(new AppError('BUSY', `Others ask too, and ${waitingMax} queries wait already.`))
  }

  #forget(line: Line, turn: Deferred): boolean {
    if (!line.waiting.delete(turn)) return false
    this.#waiting -= 1
    return true
  }

  #leave(caller: string, line: Line): void {
    this.#running -= 1
    line.running -= 1
    this.#lines.delete(caller)
    this.#lines.set(caller, line)
    this.#close(caller, line)
    this.#callNext()
  }

  /** Gives the free place to the next in line at once, so that no new work can take it in between. */
  #callNext(): void {
    for (const line of this.#lines.values()) {
      const [turn] = line.waiting
      if (turn === undefined || !this.#start(line)) continue
      this.#forget(line, turn)
      turn.resolve()
      return
    }
  }

  #close(caller: string, line: Line): void {
    const isEmpty = line.running === 0 && line.waiting.size === 0
    if (isEmpty && this.#lines.get(caller) === line) this.#lines.delete(caller)
  }
}
