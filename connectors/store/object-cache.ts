import { createHash } from 'node:crypto'
import { link, open, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../../schemas/errors.ts'
import { makeFolder } from '../disk/make-folder.ts'

export type ObjectCacheOptions = {
  readonly folder: string
  /** Beyond this size the least recently used copies are removed. */
  readonly bytesMax: number
}

/**
 * Copies of objects, which the processes of a machine share. Objects never change, so a copy is as good as the object.
 * Copies are lent as hard links: a copy that one process removes stays readable for another that has it.
 */
export class ObjectCache {
  readonly #options: ObjectCacheOptions

  constructor(options: ObjectCacheOptions) {
    this.#options = options
  }

  /** Links the copy to `path`. Returns false if there is none. */
  async lend(url: string, path: string): Promise<boolean> {
    const copy = this.#copyOf(url)
    try {
      await link(copy, path)
      const now = new Date()
      await utimes(copy, now, now)
      return true
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return false
      throw error
    }
  }

  /** Removes a copy that differs from its object. Links that were lent stay. */
  async drop(url: string): Promise<void> {
    await rm(this.#copyOf(url), { force: true })
  }

  /** Keeps the file at `path` as the copy. It must be complete and durable. */
  async keep(url: string, path: string): Promise<void> {
    await makeFolder(this.#options.folder)
    const file = await open(path, 'r+')
    await file.datasync()
    await file.close()
    try {
      await link(path, this.#copyOf(url))
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error
    }
  }

  /** Removes copies until the cache has at most `bytesMax`. */
  async trim(): Promise<void> {
    const { folder, bytesMax } = this.#options
    await makeFolder(folder)
    const copies = await Promise.all((await readdir(folder)).map((name) => describeCopy(join(folder, name))))
    let bytes = 0
    for (const copy of copies.flat().toSorted((a, b) => b.usedAt - a.usedAt)) {
      bytes += copy.bytes
      if (bytes > bytesMax) await rm(copy.path, { force: true })
    }
  }

  #copyOf(url: string): string {
    return join(this.#options.folder, createHash('sha256').update(url).digest('hex'))
  }
}

/** Empty if another process has removed the copy. */
async function describeCopy(path: string): Promise<readonly { path: string; bytes: number; usedAt: number }[]> {
  try {
    const { size, mtimeMs } = await stat(path)
    return [{ path, bytes: size, usedAt: mtimeMs }]
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}
