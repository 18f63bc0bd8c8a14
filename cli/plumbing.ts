import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { backoffMs } from '../connectors/backoff.ts'
import { hasCode } from '../schemas/errors.ts'

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

export type Patience = { readonly logger: Logger; readonly waiting: Waiting; readonly signal: AbortSignal }

/**
 * Repeats `work` for as long as the log or the store cannot be reached, says so in the log and in `waiting`, and answers
 * what it answers in the end. Every other failure is thrown.
 */
export async function untilReachable<T>(part: string, work: () => Promise<T>, { logger, waiting, signal }: Patience): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await work()
      waiting.clear(part)
      return result
    } catch (error) {
      if (!hasCode(error, 'LOG_UNREACHABLE') && !hasCode(error, 'STORE_UNREACHABLE')) throw error
      const waitMs = backoffMs(attempt)
      waiting.set(part, error.message)
      logger.warn({ part, code: error.code, attempt, retryInMs: Math.round(waitMs) }, `waiting: ${error.message}`)
      await delay(waitMs, undefined, { signal })
    }
  }
}
