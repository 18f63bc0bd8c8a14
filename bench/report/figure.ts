import { z } from 'zod'
import type { Goal as Asked, Reading, Row } from '../row.ts'

const Goal = z.union([z.object({ atMost: z.number() }), z.object({ atLeast: z.number() })])

/** A figure as the report holds it. `reached` is null where there is no goal to reach. */
export const ReportedFigure = z.object({
  key: z.string(),
  title: z.string(),
  unit: z.enum(['x', '%', 's', 'ms', 'us', 'MiB', 'events/s', 'answers/s', 'objects']),
  against: z.string().optional(),
  goal: Goal.optional(),
  moonshot: Goal.optional(),
  measured: z.union([
    z.object({ min: z.number(), median: z.number(), max: z.number(), runs: z.number(), on: z.string().optional() }),
    z.object({ skipped: z.string() }),
    z.object({ failed: z.string() }),
  ]),
  reached: z.enum(['moonshot', 'goal', 'short']).nullable(),
})
export type ReportedFigure = z.output<typeof ReportedFigure>

export type ReportScope = { readonly isQuick: boolean; readonly events: number }

export function figuresOf(
  { name, figures }: Row,
  readings: Readonly<Record<string, Reading>>,
  { isQuick, events }: ReportScope,
): readonly ReportedFigure[] {
  return Object.entries(figures).map(([key, { quick, goalFrom = 0, goal, moonshot, ...spec }]) => {
    const asked = isQuick ? { goal: quick } : events < goalFrom ? {} : { goal, moonshot }
    const reading = readings[key] ?? { failed: 'the measurement gave no such figure' }
    const measured = 'samples' in reading ? spreadOf(reading) : reading
    const reached = 'median' in measured ? reachedBy(measured.median, asked) : null
    return { key: `${name}.${key}`, ...spec, ...asked, measured, reached }
  })
}

export function isShort({ reached }: ReportedFigure): boolean {
  return reached === 'short'
}

export function isFailed({ measured }: ReportedFigure): boolean {
  return 'failed' in measured
}

/** How many times as much as the goal a value that falls short needs, or how many times as little it gives. */
export function shortBy(value: number, goal: Asked): number {
  return 'atMost' in goal ? value / goal.atMost : goal.atLeast / value
}

/** Of an even number of samples, the lower of the two in the middle. */
export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5)
}

/** The least sample that is at least as great as this share of them. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

function spreadOf({ samples, on }: Extract<Reading, { samples: unknown }>): ReportedFigure['measured'] {
  if (samples.length === 0) return { failed: 'the measurement has no runs' }
  return {
    min: Math.min(...samples),
    median: median(samples),
    max: Math.max(...samples),
    runs: samples.length,
    on,
  }
}

function isReached(value: number, goal: Asked): boolean {
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
}

function reachedBy(
  value: number,
  { goal, moonshot }: Pick<ReportedFigure, 'goal' | 'moonshot'>,
): ReportedFigure['reached'] {
  if (goal === undefined) return null
  if (!isReached(value, goal)) return 'short'
  return moonshot !== undefined && isReached(value, moonshot) ? 'moonshot' : 'goal'
}
