import { copyFile, link, open, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { cleanedUp } from '../../schemas/async/clean-up.ts'
import { AppError, isErrno } from '../../schemas/errors.ts'
import type { CheckedObject, ObjectBody, ObjectCheck, ObjectStore, StoredObject } from '../../schemas/ports/store.ts'
import { listFolder } from './list.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { requireKey, requireMetadata, requirePrefix } from '../store/keys.ts'
import { syncFolder } from '../disk/sync-folder.ts'
import { removeDeadTemporaries, temporaryName } from '../disk/temporary-files.ts'
import { fetchWhole } from '../store/whole-copy.ts'

/** No key has this segment, so nothing below it is ever listed or read as an object. */
const temporaryFolder = '~temporary'
const durableFoldersMax = 10_000
const putAttemptsMax = 10

/**
 * Keeps objects as files. A file is written and synced under a temporary name, then linked to its key. Of several
 * callers, in any processes, only one can link, and a crash leaves the object whole or absent. Metadata is not kept.
 */
export async function openFolderStore({ folder }: { readonly folder: string }): Promise<ObjectStore> {
  const root = resolve(folder)
  return explained(root, async () => {
    const firstMade = (await makeFolder(join(root, temporaryFolder))) ?? root
    for (let made = root; made.length >= firstMade.length; made = dirname(made)) await syncFolder(dirname(made))
    await removeDeadTemporaries(join(root, temporaryFolder))
    return new FolderStore(root)
  })
}

class FolderStore implements ObjectStore {
  readonly description: string
  readonly #root: string
  /** Folders whose names, and those of all folders above, are durable. */
  readonly #durableFolders = new Set<string>()

  constructor(root: string) {
    this.#root = root
    this.description = describe(root)
  }

  async putIfAbsent(
    key: string,
    body: ObjectBody,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<'created' | 'exists'> {
    requireKey(key)
    requireMetadata(metadata)
    return explained(this.#root, async () => {
      const temporary = join(this.#root, temporaryFolder, temporaryName())
      const put = async (): Promise<'created' | 'exists'> => {
        await writeDurably(temporary, body)
        return await this.#linkDurably(temporary, this.url(key))
      }
      return await cleanedUp(put, () => rm(temporary, { force: true }))
    })
  }

  async read(key: string, check?: ObjectCheck): Promise<Uint8Array | null> {
    requireKey(key)
    const fetch = () => explained(this.#root, () => readIfThere(this.url(key)))
    return check === undefined ? fetch() : fetchWhole({ where: this.description, key, check, fetch })
  }

  async has(key: string): Promise<boolean> {
    requireKey(key)
    return await explained(this.#root, () => isFile(this.url(key)))
  }

  async *list(prefix: string, after = ''): AsyncGenerator<StoredObject> {
    requirePrefix(prefix)
    try {
      yield* listFolder({ root: this.#root, prefix, after })
    } catch (error) {
      throw explain(this.#root, error)
    }
  }

  /** Lends the objects' own files. After the check their bytes are still in the page cache when `use` reads them. */
  async withFiles<T>(objects: readonly CheckedObject[], use: (paths: readonly string[]) => Promise<T>): Promise<T> {
    for (const { key } of objects) {
      requireKey(key)
      if (!(await isFile(this.url(key))))
        throw new AppError('OBJECT_MISSING', `${this.description} has no object ${key}`)
    }
    for (const object of objects) {
      const fetch = async () => ({ file: this.url(object.key) })
      await explained(this.#root, () => fetchWhole({ ...object, where: this.description, fetch }))
    }
    return use(objects.map(({ key }) => this.url(key)))
  }

  async delete(key: string): Promise<void> {
    requireKey(key)
    await explained(this.#root, async () => {
      await rm(this.url(key), { force: true })
      await this.#removeEmptyFolders(dirname(this.url(key)))
    })
  }

  url(key: string): string {
    return join(this.#root, key)
  }

  async close(): Promise<void> {
    this.#durableFolders.clear()
  }

  async #linkDurably(temporary: string, path: string): Promise<'created' | 'exists'> {
    const outcome = await this.#linkInFolder(temporary, path)
    // Also after losing the race: the winner may not have synced yet, and the caller relies on the object.
    await syncFolder(dirname(path))
    await this.#syncFoldersAbove(dirname(path))
    return outcome
  }

  async #linkInFolder(temporary: string, path: string): Promise<'created' | 'exists'> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (!this.#durableFolders.has(dirname(path))) await makeFolder(dirname(path))
        return await linkIfAbsent(temporary, path)
      } catch (error) {
        // A delete has removed the folder, because it was empty; or another put made it at the same moment, and then a delete
        // removed it.
        if (!isErrno(error, 'ENOENT', 'EEXIST') || attempt === putAttemptsMax) throw error
        this.#durableFolders.delete(dirname(path))
      }
    }
  }

  async #syncFoldersAbove(folder: string): Promise<void> {
    if (this.#durableFolders.has(folder)) return
    for (let above = folder; above !== this.#root; above = dirname(above)) await syncFolder(dirname(above))
    if (this.#durableFolders.size >= durableFoldersMax) this.#durableFolders.clear()
    this.#durableFolders.add(folder)
  }

  async #removeEmptyFolders(lowest: string): Promise<void> {
    try {
      for (let folder = lowest; folder !== this.#root; folder = dirname(folder)) await rmdir(folder)
    } catch (error) {
      if (!isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EPERM')) throw error
    }
  }
}

async function writeDurably(path: string, body: ObjectBody): Promise<void> {
  if ('file' in body) await copyFile(body.file, path)
  const handle = await open(path, 'file' in body ? 'r+' : 'wx')
  try {
    if (!('file' in body)) await handle.writeFile(body)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function linkIfAbsent(temporary: string, path: string): Promise<'created' | 'exists'> {
  try {
    await link(temporary, path)
    return 'created'
  } catch (error) {
    if (isErrno(error, 'EEXIST') && (await isFile(path))) return 'exists'
    if (isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) {
      throw new AppError(
        'STORE_UNSAFE',
        `${dirname(path)} is on a file system without hard links: use another folder`,
        {
          cause: error,
        },
      )
    }
    throw error
  }
}

/** Returns null if there is no file. */
async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return null
    throw error
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}

/** Errors of the operating system (no space, no permission, a broken disk) name the store. */
async function explained<T>(root: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw explain(root, error)
  }
}

function explain(root: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  return new AppError('STORE_UNREACHABLE', `${describe(root)}: ${error.message}`, { cause: error })
}

function describe(root: string): string {
  return `folder ${root}`
}
