import { diskFault } from '../../schemas/disk-fault.ts'
import { AppError } from '../../schemas/errors.ts'
import type { WaitingPart } from '../../serving/answers/waiting-part.ts'

type Say = (facts: object, text: string) => void
type Lines = { readonly warn: Say; readonly info: Say; readonly debug: Say }

/** Returns the reason of an error for people. */
export function reasonOf(error: unknown): string {
  return diskFault(error)?.message ?? (error instanceof Error ? error.message : String(error))
}

/**
 * The parts of the process that cannot go on, with what each waits for. A line is logged when a part begins to wait and
 * when it goes on; failures in between are logged at level debug only.
 */
export class Waiting {
  readonly #logger: Lines
  readonly #now: () => number
  readonly #parts = new Map<string, WaitingPart>()

  constructor(logger: Lines, now: () => number = Date.now) {
    this.#logger = logger
    this.#now = now
  }

  /** Call it at each failure. `error` is logged if it was not expected, because it then says more than the reason. */
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
