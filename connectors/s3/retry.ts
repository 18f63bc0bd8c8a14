import { setTimeout } from 'node:timers/promises'
import { AppError } from '../../schemas/errors.ts'
import type { RetryPolicy } from './client.ts'
import { explainS3, isTransient, messageOf } from './errors.ts'

export type Retrying = {
  /** The store, for messages. */
  readonly where: string
  readonly policy: RetryPolicy
  readonly onRetry: (message: string) => void
  /** Aborts when the store closes, which ends the waiting. */
  readonly signal: AbortSignal
}

export const retryPolicyDefault: RetryPolicy = { attemptsMax: 8, delayMsMax: 5_000 }

const firstDelayMs = 100

/**
 * Repeats an attempt that failed for a reason that may pass, and waits longer each time. Throws STORE_UNREACHABLE after
 * the last one.
 */
export async function retried<T>(retrying: Retrying, what: string, attempt: () => Promise<T>): Promise<T> {
  const { where, policy, onRetry, signal } = retrying
  for (let count = 1; ; count += 1) {
    if (signal.aborted) throw new AppError('CLOSED', `${where} is closed`)
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted) throw new AppError('CLOSED', `${where} is closed`, { cause: error })
      if (!isTransient(error) || count >= policy.attemptsMax) throw explainS3(error, `${where}: ${what}`)
      const delayMs = jittered(Math.min(policy.delayMsMax, firstDelayMs * 2 ** (count - 1)))
      onRetry(`${where}: ${what}: ${messageOf(error)}; trying again in ${delayMs} ms`)
      await setTimeout(delayMs, null, { signal }).catch(() => null)
    }
  }
}

/**
 * At least half of the delay, which outlasts a short outage; the rest by chance, so that many clients do not come at
 * once.
 */
function jittered(ms: number): number {
  return Math.round(ms * (0.5 + Math.random() / 2))
}
