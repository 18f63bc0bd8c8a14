import { diskFault } from '../../schemas/disk-fault.ts'
import { AppError } from '../../schemas/errors.ts'
import type { WaitingPart } from '../../serving/answers/waiting-part.ts'

type Say = (facts: object, text: string) => void
type Lines = { readonly warn: Say; readonly info: Say; readonly debug: Say }

/** For people. */
export function reasonOf(error: unknown): string {
  return diskFault(error)?.message ?? (error instanceof Error ? error.message : String(error))
}

/**
 * What the process waits for, by part; empty when nothing. One line of the log says when a part begins to wait, and one when
 * it goes on; what fails in between is the same trouble.
 */
export class Waiting {
  readonly #logger: Lines
  readonly #now: () => number
  readonly #parts = new Map<string, WaitingPart>()

  constructor(logger: Lines, now: () => number = Date.now) {
    this.#logger = logger
    this.#now = now
  }

  /** To be called for each failure. `error` is logged where it was not foreseen, and says more than the reason. */
  set(part: string, reason: string, error?: unknown): void {
    const known = this.#parts.get(part)
    const { sinceMs = this.#now(), failures = 0 } = known ?? {}
    this.#parts.set(part, { part, waitingFor: reason, sinceMs, failures: failures + 1 })
    const isForeseen = error === undefined || error instanceof AppError || diskFault(error) !== null
    const facts = isForeseen ? { part } : { part, err: error }
    if (known === undefined) this.#logger.warn(facts, `waiting: ${reason}`)
    else this.#logger.debug(facts, `still waiting: ${reason}`)
  }

  clear(part: string): void {
    const known = this.#parts.get(part)
    if (known === undefined) return
    this.#parts.delete(part)
    const seconds = Math.round((this.#now() - known.sinceMs) / 1000)
    this.#logger.info({ part, seconds, failures: known.failures }, `goes on: ${part}`)
  }

  has(part: string): boolean {
    return this.#parts.has(part)
  }

  list(): readonly WaitingPart[] {
    return [...this.#parts.values()]
  }
}
