import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { Deferred } from '../../schemas/async/deferred.ts'
import { makeFolder } from '../disk/make-folder.ts'

/**
 * Lets one process of a machine at a time open a log or write to it. When a process opens a database while another
 * commits, LMDB sets the number of its newest transaction back (its issue 9496): readers, and then the next writer, do
 * not see what was committed. The guard is the write lock of a second database. Nothing is ever written there, so
 * opening it sets nothing back. Like every lock of LMDB it is released when its holder is killed.
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

  /**
   * Runs `work` while no other process opens or writes. Calls that come while the guard is held share the next hold.
   */
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
