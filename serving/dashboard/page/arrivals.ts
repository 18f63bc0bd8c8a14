import type { StatusEntry } from './page.ts'

/** A stream is quiet if nothing has arrived for this long. */
const quietMs = 15_000
/** For this long after the first look, the page does not yet say that nothing arrives. */
const listenMs = 5000

export type Arrival =
  | { readonly kind: 'arriving' | 'listening' }
  /** Since the last arrival that this page has seen, or since its first look. */
  | { readonly kind: 'nothing'; readonly sinceMs: number }

type Seen = { readonly speed: string; readonly firstMs: number; readonly movedMs: number | null }

/** Tracks when a dataset's positions in the log last moved, from one status to the next. */
export class Arrivals {
  readonly #seen = new Map<string, Seen>()

  note(datasets: readonly Pick<StatusEntry, 'dataset' | 'ready' | 'speed'>[], nowMs: number): void {
    for (const { dataset, ready, speed } of datasets) {
      const reached = JSON.stringify(Object.entries(speed).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      const seen = this.#seen.get(dataset)
      // Events that a service reads again after its start have arrived long before.
      if (!ready) this.#seen.delete(dataset)
      else if (seen === undefined) this.#seen.set(dataset, { speed: reached, firstMs: nowMs, movedMs: null })
      else if (seen.speed !== reached) this.#seen.set(dataset, { ...seen, speed: reached, movedMs: nowMs })
    }
  }

  of(dataset: string, nowMs: number): Arrival {
    const seen = this.#seen.get(dataset)
    if (seen === undefined) return { kind: 'listening' }
    if (seen.movedMs !== null && nowMs - seen.movedMs < quietMs) return { kind: 'arriving' }
    if (seen.movedMs === null && nowMs - seen.firstMs < listenMs) return { kind: 'listening' }
    return { kind: 'nothing', sinceMs: seen.movedMs ?? seen.firstMs }
  }
}
