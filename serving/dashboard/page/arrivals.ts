import type { StatusEntry } from './page.ts'

/** Nothing has arrived where nothing did for so long. */
const quietMs = 15_000
/** So long after the first look it is not said yet that nothing arrives. */
const listenMs = 5000

export type Arrival =
  | { readonly kind: 'arriving' | 'listening' }
  /** Since then, as far as this page has seen. */
  | { readonly kind: 'nothing'; readonly sinceMs: number }

type Seen = { readonly speed: string; readonly firstMs: number; readonly movedMs: number | null }

/** When a dataset's positions in the log last moved, as one sees it who asks again and again. */
export class Arrivals {
  readonly #seen = new Map<string, Seen>()

  note(datasets: readonly Pick<StatusEntry, 'dataset' | 'ready' | 'speed'>[], nowMs: number): void {
    for (const { dataset, ready, speed } of datasets) {
      const reached = JSON.stringify(Object.entries(speed).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      const seen = this.#seen.get(dataset)
      // What is read again at a start has arrived long before.
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
