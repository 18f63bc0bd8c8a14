import type { Cell, EngineColumn, Prepared, Session } from '../schemas/ports/engine.ts'

/**
 * Plans hold some 60 MiB of the engine's memory, so they are not kept for micro-batches that come less often than this.
 */
const restMs = 5000
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
  /** When plans were made first since they were forgotten, and of how many records the speed view was then. */
  #made: { readonly atMs: number; readonly records: number } | null = null
  #usedMs = Number.NEGATIVE_INFINITY
  #running = 0
  #rest: NodeJS.Timeout | undefined

  constructor(session: Session) {
    this.#session = session
  }

  get isEmpty(): boolean {
    return this.#plans.size === 0
  }

  /**
   * Call it before each small micro-batch, with the number of records that were folded so far. Returns false if plans
   * are not worth keeping.
   */
  renew(records: number): boolean {
    const now = performance.now()
    const made = this.#made ?? { atMs: now, records }
    const hasGrown = records - made.records > Math.max(recordsMin, made.records)
    const hasRested = now - this.#usedMs > restMs
    if (hasRested || hasGrown || now - made.atMs > keptMs) this.forget()
    this.#made ??= { atMs: now, records }
    this.#usedMs = now
    return !hasRested
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
    clearTimeout(this.#rest)
    this.#rest = undefined
    for (const plan of this.#plans.values()) plan.close()
    this.#plans.clear()
    this.#made = null
    this.#usedMs = Number.NEGATIVE_INFINITY
  }

  #forgetLater(): void {
    this.#rest ??= setTimeout(() => (this.#running === 0 ? this.forget() : this.#rest?.refresh()), restMs).unref()
    this.#rest.refresh()
  }
}
