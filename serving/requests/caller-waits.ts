import { AppError } from '../../schemas/errors.ts'

export type CallerWaitsLimits = {
  readonly firstMs: number
  readonly waitMsMax: number
  /** A caller is forgotten this long after its last wait has ended. */
  readonly quietMs: number
  /** Beyond this number, the caller whose wait began longest ago is forgotten. */
  readonly callersMax: number
}

type Wait = { readonly waitMs: number; readonly endMs: number }

/** Makes a caller wait whose statement cost a worker. Each wait of a caller is twice as long as its last one. */
export class CallerWaits {
  readonly #limits: CallerWaitsLimits
  readonly #now: () => number
  /** In the order in which the waits began. */
  readonly #waits = new Map<string, Wait>()

  constructor(limits: CallerWaitsLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  begin(caller: string): void {
    const { firstMs, waitMsMax, callersMax } = this.#limits
    const last = this.#lastOf(caller)
    const waitMs = last === null ? firstMs : Math.min(waitMsMax, last.waitMs * 2)
    this.#waits.delete(caller)
    this.#waits.set(caller, { waitMs, endMs: this.#now() + waitMs })
    const [oldest] = this.#waits.keys()
    if (this.#waits.size > callersMax && oldest !== undefined) this.#waits.delete(oldest)
  }

  /** Throws BUSY, with the seconds that are left, if the caller has to wait. */
  check(caller: string): void {
    const leftMs = (this.#lastOf(caller)?.endMs ?? 0) - this.#now()
    if (leftMs <= 0) return
    const seconds = Math.ceil(leftMs / 1000)
    throw new AppError(
      'BUSY',
      `A statement of yours had to be ended together with the process that ran it. Ask again in ${seconds} s; the wait doubles each time.`,
      { retryAfterS: seconds },
    )
  }

  #lastOf(caller: string): Wait | null {
    const last = this.#waits.get(caller)
    if (last === undefined) return null
    if (this.#now() < last.endMs + this.#limits.quietMs) return last
    this.#waits.delete(caller)
    return null
  }
}
