import type { WorkerEnd } from './worker-process.ts'
import { sqlWorkersPart } from '../answers/waiting-part.ts'

/** One lost worker may be chance. This many in a row that end alike have a common cause. */
const alikeMin = 3
/** If a worker is ready and none ends for this long, the cause has gone. */
const calmMs = 30_000

const adviceAtStart =
  'If memory is the cause, raise SQL_WORKER_MEMORY_BYTES_MAX, or let the batch layer run, so that a worker has less to read'

/** Names a part of the process that cannot go on, with the reason, until it is cleared. */
type Naming = { set(part: string, reason: string): void; clear(part: string): void }

/**
 * Names the SQL workers as failing when they end again and again, until one is ready and none has ended for a while. A
 * start may take longer than that while, so its time does not count. Workers that were ended because of their statement
 * do not count: their caller caused that.
 */
export class LossWatch {
  readonly #naming: Naming
  #reason = ''
  #alike = 0
  #calm: NodeJS.Timeout | undefined

  constructor(naming: Naming) {
    this.#naming = naming
  }

  note({ pid, reason, isStatements, wasReady }: WorkerEnd): void {
    if (isStatements) return
    this.#alike = reason === this.#reason ? this.#alike + 1 : 1
    this.#reason = reason
    clearTimeout(this.#calm)
    if (this.#alike < alikeMin) return
    const when = wasReady ? 'after it had been ready' : `before it was ready. ${adviceAtStart}`
    this.#naming.set(
      sqlWorkersPart,
      `they end again and again, the last ${this.#alike} alike: ${reason}; process ${pid} ended ${when}`,
    )
  }

  /** Call it when a worker is ready. */
  noteReady(): void {
    clearTimeout(this.#calm)
    this.#calm = setTimeout(() => this.#recover(), calmMs).unref()
  }

  #recover(): void {
    this.#alike = 0
    this.#naming.clear(sqlWorkersPart)
  }
}
