/** These fields of the answer of `/v1/status`. */
export type Amiss = {
  /** The parts that fail: since when, how often and why. */
  readonly failing: readonly {
    readonly part: string
    readonly since: string
    readonly failures: number
    readonly reason: string
  }[]
  /** Notes that nothing has to wait for, by the dataset or part that each is about. */
  readonly notes: Readonly<Record<string, string>>
}

/**
 * Returns a sentence for each part that fails, with the time since when, and for each note. It leaves out how often a
 * part has failed: a screen reader speaks each change of the text, and that number changes all the time.
 */
export function amissTexts({ failing, notes }: Amiss, timeText: (time: string) => string): readonly string[] {
  return [
    ...failing.map(({ part, since, reason }) => `${part}, failing since ${timeText(since)}: ${reason}`),
    ...Object.entries(notes).map(([part, what]) => `${part}: ${what}`),
  ]
}
