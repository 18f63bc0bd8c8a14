import { Patience } from '../../connectors/waiting/patience.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import { outageOf } from '../../schemas/outage.ts'
import type { Waiting } from './waiting.ts'

/**
 * What a process needs to outlast an outage: a place to name it, the signal to stop waiting, and a way to mend the
 * disk.
 */
export type OutageCare = {
  readonly waiting: Waiting
  readonly signal: AbortSignal
  /** Creates folders again that a fault of the disk may have taken. */
  readonly mend?: () => Promise<void>
}

/** The type of `untilReachable` with its care already given. */
export type UntilReachable = <T>(part: string, work: () => Promise<T>) => Promise<T>

/**
 * Repeats `work` while an outage lasts, names the outage in `waiting`, and returns the result of `work`. Throws every
 * other failure.
 */
export async function untilReachable<T>(
  part: string,
  work: () => Promise<T>,
  { waiting, signal, mend }: OutageCare,
): Promise<T> {
  let isDiskBroken = false
  const attempt = async (): Promise<T> => {
    // If mending fails, `work` fails too and is repeated.
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
 * Names a part that has stopped answering, in `waiting`, until `probe` finds that it answers again. Call it at each
 * failure that is being repeated: while an outage of the part is watched, further calls do nothing.
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
      // Either the part answers, though with an error, or the process stops: in both cases nothing is waited for.
      this.#care.waiting.clear(part)
    } finally {
      this.#watched.delete(part)
    }
  }
}
