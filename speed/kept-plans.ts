import type { Cell, EngineColumn, Prepared, Session } from '../schemas/ports/engine.ts'

/**
 * Plans hold some 60 MiB of the engine's memory, so they are not kept for micro-batches that come less often than this.
 */
const unusedMsMax = 5000
/** Statements in the schemas of other datasets outdate plans, too, so all are made anew after this long. */
const keptMs = 30_000
/** Plans are made anew when the speed view has grown by as many records as it had, but not before so many. */
const recordsMin = 500

/**
 * Plans of statements that run in each small micro-batch: planning takes most of their time. Forget them before a table
 * or a view that they name is replaced.
 */
export class KeptPlans {
  readonly #session: Session
  readonly #plans = new Map<string, Prepared>()
  /** When the oldest plan was made, and how many records had been folded by then. Null if there is none. */
  #made: { readonly atMs: number; readonly records: number } | null = null
  #usedMs = Number.NEGATIVE_INFINITY
  #running = 0
  #unused: NodeJS.Timeout | undefined

  constructor(session: Session) {
    this.#session = session
  }

  /**
   * Call it before each small micro-batch, with the number of records that were folded so far. Returns false if plans
   * are not worth keeping.
   */
  renew(records: number): boolean {
    const now = performance.now()
    const made = this.#made ?? { atMs: now, records }
    const hasGrown = records - made.records > Math.max(recordsMin, made.records)
    const isUnused = now - this.#usedMs > unusedMsMax
    if (isUnused || hasGrown || now - made.atMs > keptMs) this.forget()
    this.#made ??= { atMs: now, records }
    this.#usedMs = now
    return !isUnused
  }

  async rows(sql: string, lists: readonly EngineColumn[] = []): Promise<readonly Readonly<Record<string, Cell>>[]> {
    this.#running += 1
    try {
      const plan = this.#plans.get(sql) ?? (await this.#session.prepare(sql))
      this.#plans.set(sql, plan)
      return await plan.rows(lists)
    } finally {
      this.#running -= 1
      this.#forgetLater()
    }
  }

  /** The next micro-batch does without plans. Call it when no plan runs. */
  forget(): void {
    clearTimeout(this.#unused)
    this.#unused = undefined
    for (const plan of this.#plans.values()) plan.close()
    this.#plans.clear()
    this.#made = null
    this.#usedMs = Number.NEGATIVE_INFINITY
  }

  #forgetLater(): void {
    this.#unused ??= setTimeout(
      () => (this.#running === 0 ? this.forget() : this.#unused?.refresh()),
      unusedMsMax,
    ).unref()
    this.#unused.refresh()
  }
}
