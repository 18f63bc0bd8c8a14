import type { WorkerEnd } from './worker-process.ts'
import { sqlWorkersPart } from '../answers/waiting-part.ts'

/** One lost worker may be chance. This many in a row that end alike have a common cause. */
const alikeMin = 3
/** After this long without a loss, the cause has gone. */
const calmMs = 30_000

/** Names a part of the process that cannot go on, with the reason, until it is cleared. */
type Naming = { set(part: string, reason: string): void; clear(part: string): void }

/**
 * Names the SQL workers as failing when they end again and again, until none has ended for a while. Workers that were
 * ended because of their statement do not count: their caller caused that.
 */
export class LossWatch {
  readonly #naming: Naming
  #reason = ''
  #alike = 0
  #calm: NodeJS.Timeout | undefined

  constructor(naming: Naming) {
    this.#naming = naming
  }

  note({ reason, isStatements }: WorkerEnd): void {
    if (isStatements) return
    this.#alike = reason === this.#reason ? this.#alike + 1 : 1
    this.#reason = reason
    clearTimeout(this.#calm)
    this.#calm = setTimeout(() => this.#recover(), calmMs).unref()
    if (this.#alike >= alikeMin)
      this.#naming.set(sqlWorkersPart, `they end again and again, the last ${this.#alike} alike: ${reason}`)
  }

  #recover(): void {
    this.#alike = 0
    this.#naming.clear(sqlWorkersPart)
  }
}
