import type { WorkerEnd } from '../../serving/sql/worker-process.ts'
import { sqlWorkersPart } from '../../serving/answers/waiting-part.ts'
import type { Waiting } from '../parts/waiting.ts'

/** A worker may be lost; as many that end alike have a cause in common. */
const alikeMin = 3
/** Without a loss for this long, the cause has gone. */
const calmMs = 30_000

/** Names SQL workers that end again and again, with the reason. What a statement did to its worker is the caller's doing. */
export class LossWatch {
  readonly #waiting: Waiting
  #reason = ''
  #alike = 0
  #calm: NodeJS.Timeout | undefined

  constructor(waiting: Waiting) {
    this.#waiting = waiting
  }

  note({ reason, isStatements }: WorkerEnd): void {
    if (isStatements) return
    this.#alike = reason === this.#reason ? this.#alike + 1 : 1
    this.#reason = reason
    clearTimeout(this.#calm)
    this.#calm = setTimeout(() => this.#recover(), calmMs).unref()
    if (this.#alike >= alikeMin)
      this.#waiting.set(sqlWorkersPart, `they end again and again, the last ${this.#alike} alike: ${reason}`)
  }

  #recover(): void {
    this.#alike = 0
    this.#waiting.clear(sqlWorkersPart)
  }
}
