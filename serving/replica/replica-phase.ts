import type { Positions } from '../../schemas/formats/tidemark.ts'

/** The phase of a replica. `startEnd` is the log's end when it started. */
export type ReplicaPhase =
  /** It asks for the log's end. */
  | { readonly kind: 'starting'; readonly startEnd: null }
  /** It looks for the newest generation of its declaration and attaches it. */
  | { readonly kind: 'attaching'; readonly startEnd: Positions }
  /** None of the generations up to `newest` is of its declaration and has its files. It waits for one. */
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

/**
 * Returns, for people, what a replica waits for before it can answer; null if it is ready. `generation` is the attached
 * one, 0 for none.
 */
export function waitingFor(phase: ReplicaPhase, generation: number): string | null {
  switch (phase.kind) {
    case 'starting':
      return 'the log'
    case 'attaching':
      return 'the newest generation, which is being attached'
    case 'awaiting-generation':
      return `a generation of this declaration (${phase.declaration}): none of the ${phase.newest} in the store is one that has its files; the next batch run makes one`
    case 'loading-chunks':
      return `raw chunks ${beyond(generation)} to be read; a generation made meanwhile takes the place of those that it covers`
    case 'catching-up':
      return `the log ${beyond(generation)} to be read up to its end as it was at the start; a generation made meanwhile takes the place of what it covers`
    case 'ready':
      return null
  }
}

/** What lies beyond the tidemark is read into memory, and beyond the engine's limit to disk, however much it is. */
function beyond(generation: number): string {
  return generation === 0
    ? 'of the whole history, since there is no generation yet,'
    : `beyond generation ${generation}`
}
