import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { Deferred } from '../../schemas/async/deferred.ts'
import { makeFolder } from '../disk/make-folder.ts'

/**
 * One at a time among the processes of a machine, those that open a log and those that write to it. LMDB sets the number of
 * its newest transaction back when a process opens a database while another commits (its issue 9496): readers, and then the
 * next writer, no longer see what was committed. The guard is the write lock of a second database, in which nothing is ever
 * written, so that opening that one sets nothing back. Like LMDB's own it is given back when its holder is killed.
 */
export class WriteGuard {
  readonly #lock: RootDatabase<Buffer, Buffer>
  readonly #waiting: { readonly run: () => Promise<void>; readonly reject: (error: unknown) => void }[] = []
  #holding: Promise<void> | undefined

  static async open(folder: string): Promise<WriteGuard> {
    const path = join(folder, 'guard')
    await makeFolder(path)
    return new WriteGuard(
      open({ path, noSubdir: false, encoding: 'binary', keyEncoding: 'binary', mapSize: 1024 ** 2 }),
    )
  }

  private constructor(lock: RootDatabase<Buffer, Buffer>) {
    this.#lock = lock
  }

  /** Runs `work` while no other process opens or writes. What comes while the guard is held shares the next hold. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    const done = new Deferred<T>()
    this.#waiting.push({ run: () => work().then(done.resolve, done.reject), reject: done.reject })
    this.#holding ??= this.#holdAll()
    return await done.promise
  }

  async close(): Promise<void> {
    await this.#holding
    await this.#lock.close()
  }

  async #holdAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#lock.transaction(() => this.#runWaiting()).catch((error: unknown) => this.#rejectWaiting(error))
    }
    this.#holding = undefined
  }

  async #runWaiting(): Promise<void> {
    await Promise.all(this.#waiting.splice(0).map(({ run }) => run()))
  }

  #rejectWaiting(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
