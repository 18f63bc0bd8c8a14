import type { WorkerEnd } from './worker-process.ts'
import { sqlWorkersPart } from '../answers/waiting-part.ts'

/** A worker may be lost; as many that end alike have a cause in common. */
const alikeMin = 3
/** Without a loss for this long, the cause has gone. */
const calmMs = 30_000

/** Where a part of the process that cannot go on is named, with the reason, until it can. */
type Naming = { set(part: string, reason: string): void; clear(part: string): void }

/**
 * Names SQL workers that end again and again, with the reason, until none has ended for a while. A worker that a statement
 * ended does not count: that is its caller's doing.
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
