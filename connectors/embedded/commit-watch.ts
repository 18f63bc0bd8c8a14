import { watch } from 'node:fs'
import { join } from 'node:path'
import type { FSWatcher } from 'node:fs'

/**
 * A commit is several writes, and is visible a moment after its last one. So whoever was woken by the first looks again
 * after each of these times: the writer may have been stopped in between. Until the first of these looks, further writes
 * wake nobody, but that look is then repeated.
 */
const settleMs = [2, 20, 200, 1000] as const

/**
 * Calls `onCommit` after each commit to the log in this folder, by any process: LMDB writes its file, and the operating
 * system says so. May also call it for nothing.
 */
export class CommitWatch {
  readonly #onCommit: () => void
  #watcher: FSWatcher | null = null
  #settled: NodeJS.Timeout | undefined
  #isFirstLookDue = false
  #hasMoreWrites = false

  constructor(folder: string, onCommit: () => void) {
    this.#onCommit = onCommit
    try {
      this.#watcher = watch(join(folder, 'data.mdb'), { persistent: false }, () => this.#note())
      this.#watcher.on('error', () => this.close())
    } catch {
      // Systems limit how much may be watched, and some file systems cannot be.
    }
  }

  /** False where commits of other processes are not seen, so that they must be looked for. */
  get isWatching(): boolean {
    return this.#watcher !== null
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = null
    clearTimeout(this.#settled)
  }

  #note(): void {
    if (this.#isFirstLookDue) this.#hasMoreWrites = true
    else this.#look(0)
  }

  /** Looks, and again after the times from this step on. */
  #look(step: number): void {
    this.#onCommit()
    clearTimeout(this.#settled)
    this.#isFirstLookDue = step === 0
    this.#hasMoreWrites = false
    const ms = settleMs[step]
    if (ms !== undefined) this.#settled = setTimeout(() => this.#look(this.#hasMoreWrites ? 0 : step + 1), ms)
  }
}
