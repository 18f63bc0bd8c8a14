import type { Lab } from './lab.ts'

/** What a figure must reach: a time or a size at most this, a rate at least this. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number }

/** One figure of a row. */
export type FigureSpec = {
  readonly title: string
  /** `x` for a ratio. */
  readonly unit: 'x' | '%' | 's' | 'ms' | 'us' | 'MiB' | 'events/s' | 'answers/s' | 'objects'
  /** What it is measured against, for people. */
  readonly against?: string
  readonly goal?: Goal
  readonly moonshot?: Goal
  /**
   * What a quick run asks in place of the goal. It is so wide that a busy machine reaches it, and that a path that costs
   * three times as much does not. Give it to ratios of processor time, which other processes change least.
   */
  readonly quick?: Goal
  /** The goal holds for histories of at least this many events. A shorter one gives a figure without a goal. */
  readonly goalFrom?: number
}

/** Several runs of one figure, or why there is none. What is skipped misses no goal. */
export type Reading =
  | { readonly samples: readonly number[]; /** The peer's or the servers' names and versions. */ readonly on?: string }
  | { readonly skipped: string }
  | { readonly failed: string }

/** What a row measures, by the names of its figures. */
export type Readings<Name extends string> = Readonly<Record<Name, Reading>>

/** A row of the bench: figures that one measurement gives. A quick run takes the rows that have something to ask of it. */
export type Row<Name extends string = string> = {
  /** For `--only`. */
  readonly name: string
  readonly figures: Readonly<Record<Name, FigureSpec>>
  /** Compares the answers of a peer with ours before it times anything. */
  measure(lab: Lab): Promise<Readings<Name>>
}

/** Keeps the names of the figures in the type, so that a measurement that gives others does not compile. */
export function defineRow<Name extends string>(row: Row<Name>): Row {
  return row
}

export function isQuick({ figures }: Row): boolean {
  return Object.values(figures).some(({ quick }) => quick !== undefined)
}
