/** A part of this process that cannot go on, and what it waits for: `archive`, `S3 at http://... does not answer`. */
export type WaitingPart = {
  readonly part: string
  readonly waitingFor: string
  /** Since when, epoch ms, and how often it has failed meanwhile. */
  readonly sinceMs: number
  readonly failures: number
}

/** The part that waits while events cannot be appended to the log. */
export const logPart = 'log'
/** The part that waits while SQL workers cannot stay alive. */
export const sqlWorkersPart = 'SQL workers'
