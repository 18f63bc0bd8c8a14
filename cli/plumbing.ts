import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { backoffMs } from '../connectors/backoff.ts'
import { hasCode } from '../schemas/errors.ts'
import type { AppError } from '../schemas/errors.ts'
import { unlessAborted } from '../schemas/unless-aborted.ts'

/** What the process waits for, by part; empty when nothing. */
export class Waiting {
  readonly #reasons = new Map<string, string>()

  set(part: string, reason: string): void {
    this.#reasons.set(part, reason)
  }

  clear(part: string): void {
    this.#reasons.delete(part)
  }

  list(): readonly { readonly part: string; readonly waitingFor: string }[] {
    return [...this.#reasons].map(([part, waitingFor]) => ({ part, waitingFor }))
  }
}

/** What may pass by itself. */
export function isOutage(error: unknown): error is AppError {
  return hasCode(error, 'LOG_UNREACHABLE') || hasCode(error, 'STORE_UNREACHABLE')
}

export type Patience = { readonly logger: Logger; readonly waiting: Waiting; readonly signal: AbortSignal }

/**
 * Repeats `work` for as long as the log or the store cannot be reached, says so in the log and in `waiting`, and answers
 * what it answers in the end. Every other failure is thrown.
 */
export async function untilReachable<T>(
  part: string,
  work: () => Promise<T>,
  { logger, waiting, signal }: Patience,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await unlessAborted(work, signal)
      waiting.clear(part)
      return result
    } catch (error) {
      if (!isOutage(error)) throw error
      const waitMs = backoffMs(attempt)
      waiting.set(part, error.message)
      logger.warn({ part, code: error.code, attempt, retryInMs: Math.round(waitMs) }, `waiting: ${error.message}`)
      await delay(waitMs, undefined, { signal })
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
