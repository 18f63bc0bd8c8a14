import type { NewRecord } from '../../schemas/ports/log.ts'

/** Returns how many of these lines break their dataset's contract. */
export type Judge = (lines: readonly Uint8Array[]) => Promise<number>

export type Judged = { readonly accepted: number; readonly rejected: number }

export type BackgroundJudgeOptions = {
  readonly judge?: Judge
  /** Records after this many are not judged. */
  readonly judgedMax?: number
  readonly onRetry?: (message: string) => void
}

const waitingBytesMax = 2 * 1024 * 1024

/**
 * Counts rejected events in the background, a little behind the appends. If it fails, the counts are unknown and
 * nothing else is lost.
 */
export class BackgroundJudge {
  #judge: Judge | undefined
  readonly #onRetry: (message: string) => void
  #left: number
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #running: Promise<void> | undefined
  readonly #counts = { accepted: 0, rejected: 0 }

  constructor({ judge, judgedMax = Infinity, onRetry = () => {} }: BackgroundJudgeOptions) {
    this.#judge = judge
    this.#left = judgedMax
    this.#onRetry = onRetry
  }

  /** The counts so far; undefined if nobody judges. */
  get judged(): Judged | undefined {
    return this.#judge === undefined ? undefined : { ...this.#counts }
  }

  /** Resolves at once, unless too many records wait. */
  async add(records: readonly NewRecord[]): Promise<void> {
    if (this.#judge === undefined) return
    const taken = records.slice(0, this.#left)
    this.#left -= taken.length
    for (const { value } of taken) {
      this.#waiting.push(value)
      this.#waitingBytes += value.length
    }
    this.#running ??= this.#judgeAll()
    if (this.#waitingBytes > waitingBytesMax) await this.#running
  }

  /** Resolves once all records are judged. */
  async end(): Promise<void> {
    await this.#running
  }

  async #judgeAll(): Promise<void> {
    // Without this turn a loop without work would end before its caller has stored its promise, and stay stored for
    // ever.
    await Promise.resolve()
    try {
      while (this.#judge !== undefined && this.#waiting.length > 0) {
        const lines = this.#waiting
        this.#waiting = []
        this.#waitingBytes = 0
        const rejected = await this.#judge(lines)
        this.#counts.rejected += rejected
        this.#counts.accepted += lines.length - rejected
      }
    } catch (error) {
      this.#judge = undefined
      this.#waiting = []
      this.#onRetry(
        `rejected events are not counted any more: ${error instanceof Error ? error.message : String(error)}`,
      )
    } finally {
      this.#running = undefined
    }
  }
}
