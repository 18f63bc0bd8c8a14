import { Deferred } from '../../schemas/async/deferred.ts'
import { AppError } from '../../schemas/errors.ts'

export type GateLimits = {
  readonly runningMax: number
  /** Of one caller. */
  readonly runningPerCallerMax: number
  readonly waitingMax: number
}

/** Who asks, and whether they still want the answer. */
export type Asker = { readonly caller: string; readonly gone: AbortSignal }

/** What one caller has in the gate; a caller who has nothing has no line. */
type Line = { running: number; readonly waiting: Set<Deferred> }

/**
 * Lets so many pieces of work run and so many wait. Callers take turns: whoever has just had one comes last, so that a
 * caller who asks much waits for those who ask little. Where no more may wait, the one with most loses a place to one with
 * fewer. Beyond that, work is BUSY at once.
 */
export class QueryGate {
  readonly #limits: GateLimits
  /** In the order of their next turns. */
  readonly #lines = new Map<string, Line>()
  #running = 0
  #waiting = 0

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /** Whoever gives up while waiting leaves the queue: CLOSED. */
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

  /** Those who wait could not start before, and cannot now. */
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

  /** Of equals, who came first stays. */
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

  /** The place goes straight to the next in line, so nobody can slip in between. */
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
