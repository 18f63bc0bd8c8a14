/** As `/v1/status` says it. */
export type Amiss = {
  /** What fails, since when and how often. */
  readonly failing: readonly {
    readonly part: string
    readonly since: string
    readonly failures: number
    readonly reason: string
  }[]
  /** What should be known and is no reason to wait, by what it is of. */
  readonly notes: Readonly<Record<string, string>>
}

/**
 * A sentence for each part that fails, with since when, and for each that should be known of. How often it has failed is left
 * out: what is spoken when it changes should not change all the time.
 */
export function amissTexts({ failing, notes }: Amiss, timeText: (time: string) => string): readonly string[] {
  return [
    ...failing.map(({ part, since, reason }) => `${part}, failing since ${timeText(since)}: ${reason}`),
    ...Object.entries(notes).map(([part, what]) => `${part}: ${what}`),
  ]
}
