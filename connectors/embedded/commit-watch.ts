import { watch } from 'node:fs'
import { join } from 'node:path'
import type { FSWatcher } from 'node:fs'

/**
 * A commit is several writes, and is visible a moment after its last one. So whoever was woken by the first looks again
 * after each of these times: the writer may have been stopped in between. Writes before the first of them wake nobody.
 */
const settleMs = [10, 200, 1000] as const

/**
 * Calls `onCommit` after each commit to the log in this folder, by any process: LMDB writes its file, and the operating
 * system says so. May also call it for nothing.
 */
export class CommitWatch {
  readonly #onCommit: () => void
  #watcher: FSWatcher | null = null
  #settled: NodeJS.Timeout | undefined
  #isFirstLookDue = false

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
    if (this.#isFirstLookDue) return
    clearTimeout(this.#settled)
    this.#onCommit()
    this.#isFirstLookDue = true
    this.#settle(0)
  }

  #settle(step: number): void {
    const ms = settleMs[step]
    if (ms === undefined) return
    this.#settled = setTimeout(() => {
      this.#isFirstLookDue = false
      this.#onCommit()
      this.#settle(step + 1)
    }, ms)
  }
}
