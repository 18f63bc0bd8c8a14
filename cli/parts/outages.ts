import { Patience } from '../../connectors/waiting/patience.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import { outageOf } from '../../schemas/outage.ts'
import type { Waiting } from './waiting.ts'

/** What a process does about an outage: it names it, tries again until it stops, and puts right what it can. */
export type OutageCare = {
  readonly waiting: Waiting
  readonly signal: AbortSignal
  /** Puts back what can be put back, after a fault of the disk. */
  readonly mend?: () => Promise<void>
}

/** What `untilReachable` is to whoever has no care to take of its own. */
export type UntilReachable = <T>(part: string, work: () => Promise<T>) => Promise<T>

/**
 * Repeats `work` for as long as an outage lasts, says so in `waiting`, and returns what it comes to in the end. Every other
 * failure is thrown.
 */
export async function untilReachable<T>(
  part: string,
  work: () => Promise<T>,
  { waiting, signal, mend }: OutageCare,
): Promise<T> {
  let isDiskBroken = false
  const attempt = async (): Promise<T> => {
    // What it cannot put back makes the work fail again.
    if (isDiskBroken) await mend?.().catch(() => undefined)
    return await unlessAborted(work, signal)
  }
  const patience = new Patience((reason) => waiting.set(part, reason), signal)
  const result = await patience.outlast(attempt, (error) => {
    const outage = outageOf(error)
    isDiskBroken = outage?.code === 'DISK_FAILED'
    return outage?.message ?? null
  })
  waiting.clear(part)
  return result
}

/**
 * Names a part that has stopped answering, in `waiting`, until `probe` finds that it answers again. To be called for each
 * failure that is being repeated: while one outage is watched, further calls do nothing.
 */
export class OutageWatch {
  readonly #care: OutageCare
  readonly #watched = new Set<string>()

  constructor(care: OutageCare) {
    this.#care = care
  }

  note(part: string, reason: string, probe: () => Promise<unknown>): void {
    if (this.#watched.has(part) || this.#care.signal.aborted) return
    this.#watched.add(part)
    this.#care.waiting.set(part, reason)
    void this.#watch(part, probe)
  }

  async #watch(part: string, probe: () => Promise<unknown>): Promise<void> {
    try {
      await untilReachable(part, probe, this.#care)
    } catch {
      // It answers, if with a refusal, or the process stops: either way there is nothing to wait for.
      this.#care.waiting.clear(part)
    } finally {
      this.#watched.delete(part)
    }
  }
}
