import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openHistory } from './events/history.ts'
import type { History } from './events/history.ts'

/** Where measurements work: how many events and runs, and histories that are made once and used by all. */
export class Lab {
  readonly events: number
  readonly runs: number
  readonly #folder: string
  readonly #histories = new Map<number, Promise<History>>()
  #works = 0

  constructor(folder: string, { events, runs }: Pick<Lab, 'events' | 'runs'>) {
    this.#folder = folder
    this.events = events
    this.runs = runs
  }

  /** Returns a history of this many events, which is made when it is first asked for. */
  history(events = this.events): Promise<History> {
    const known = this.#histories.get(events)
    if (known !== undefined) return known
    const opened = openHistory(join(this.#folder, `history-${events}`), events)
    this.#histories.set(events, opened)
    return opened
  }

  /** Lends a new folder on the disk of the histories, and removes it. */
  async withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
    this.#works += 1
    const folder = join(this.#folder, `work-${process.pid}-${this.#works}`)
    await mkdir(folder, { recursive: true })
    try {
      return await use(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** What several rows need of a history is measured by the first of them. */
export function oncePerHistory<T>(
  measure: (lab: Lab, events: number) => Promise<T>,
): (lab: Lab, events: number) => Promise<T> {
  const known = new WeakMap<Lab, Map<number, Promise<T>>>()
  return (lab, events) => {
    const ofLab = known.get(lab) ?? new Map<number, Promise<T>>()
    known.set(lab, ofLab)
    const measured = ofLab.get(events) ?? measure(lab, events)
    ofLab.set(events, measured)
    return measured
  }
}
