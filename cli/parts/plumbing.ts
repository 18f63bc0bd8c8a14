import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs } from '../../connectors/waiting/backoff.ts'
import { diskFault } from '../../schemas/disk-fault.ts'
import { hasCode } from '../../schemas/errors.ts'
import type { AppError } from '../../schemas/errors.ts'
import { unlessAborted } from '../../schemas/async/unless-aborted.ts'
import type { Waiting } from './waiting.ts'

/** What may pass by itself, or be mended while the process runs: the log, the store or a local disk fails. Null for the rest. */
export function outageOf(error: unknown): AppError | null {
  if (hasCode(error, 'LOG_UNREACHABLE') || hasCode(error, 'STORE_UNREACHABLE')) return error
  return diskFault(error)
}

export type Patience = {
  readonly waiting: Waiting
  readonly signal: AbortSignal
  /** Puts back what can be put back, after a fault of the disk. */
  readonly mend?: () => Promise<void>
}

/**
 * Repeats `work` for as long as an outage lasts, says so in `waiting`, and returns what it comes to in the end. Every other
 * failure is thrown.
 */
export async function untilReachable<T>(
  part: string,
  work: () => Promise<T>,
  { waiting, signal, mend }: Patience,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await unlessAborted(work, signal)
      waiting.clear(part)
      return result
    } catch (error) {
      const outage = outageOf(error)
      if (outage === null) throw error
      waiting.set(part, outage.message)
      await delay(backoffMs(attempt), undefined, { signal })
      // What it cannot put back makes the work fail again.
      if (outage.code === 'DISK_FAILED') await mend?.().catch(() => undefined)
    }
  }
}

/**
 * Names a part that has stopped answering, in `waiting`, until `probe` finds that it answers again. To be called for each
 * failure that is being repeated: while one outage is watched, further calls do nothing.
 */
export class OutageWatch {
  readonly #patience: Patience
  readonly #watched = new Set<string>()

  constructor(patience: Patience) {
    this.#patience = patience
  }

  note(part: string, reason: string, probe: () => Promise<unknown>): void {
    if (this.#watched.has(part) || this.#patience.signal.aborted) return
    this.#watched.add(part)
    this.#patience.waiting.set(part, reason)
    void this.#watch(part, probe)
  }

  async #watch(part: string, probe: () => Promise<unknown>): Promise<void> {
    try {
      await untilReachable(part, probe, this.#patience)
    } catch {
      // It answers, if with a refusal, or the process stops: either way there is nothing to wait for.
      this.#patience.waiting.clear(part)
    } finally {
      this.#watched.delete(part)
    }
  }
}
