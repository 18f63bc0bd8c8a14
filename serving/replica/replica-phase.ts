import type { Positions } from '../../schemas/formats/tidemark.ts'

/** The phase of a replica. `startEnd` is the log's end when it started. */
export type ReplicaPhase =
  /** It asks for the log's end, which is null until then, and attaches the newest generation of its declaration. */
  | { readonly kind: 'starting'; readonly startEnd: Positions | null }
  /** Other declarations made all generations up to `newest`. It waits for one of its own, `declaration`. */
  | {
      readonly kind: 'awaiting-generation'
      readonly startEnd: Positions
      readonly declaration: string
      readonly newest: number
    }
  /** It folds the raw chunks beyond its tidemark. */
  | { readonly kind: 'loading-chunks'; readonly startEnd: Positions }
  /** It follows the log and has not reached `startEnd` yet. */
  | { readonly kind: 'catching-up'; readonly startEnd: Positions }
  /** It answers, and stays ready until it is closed. */
  | { readonly kind: 'ready'; readonly startEnd: Positions }

/** Returns, for people, what a replica waits for before it can answer; null if it is ready. */
export function waitingFor(phase: ReplicaPhase): string | null {
  switch (phase.kind) {
    case 'starting':
      return 'the log'
    case 'awaiting-generation':
      return `a generation of this declaration (${phase.declaration}): other declarations made the ${phase.newest} that exist; the next batch run makes one of this`
    case 'loading-chunks':
      return 'raw chunks beyond the tidemark'
    case 'catching-up':
      return `the log's end as it was at the start`
    case 'ready':
      return null
  }
}
