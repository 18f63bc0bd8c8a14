/**
 * A part of this process that cannot go on, such as `archive`, and what it waits for, such as `S3 at http://... does
 * not answer`.
 */
export type WaitingPart = {
  readonly part: string
  readonly waitingFor: string
  /** When it began to fail, in epoch milliseconds, and how often it has failed since. */
  readonly sinceMs: number
  readonly failures: number
}

/** The part that waits while events cannot be appended to the log. */
export const logPart = 'log'
/** The part that waits while SQL workers cannot stay alive. */
export const sqlWorkersPart = 'SQL workers'
