import { type Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredObject } from '../../schemas/ports/store.ts'
import { isErrno } from '../../schemas/errors.ts'
import { isKey } from '../store/keys.ts'

type Walk = { readonly root: string; readonly prefix: string; readonly after: string }

/** Files below `root` as objects, in key order. Reads only folders that can hold keys with the prefix after `after`. */
export async function* listFolder(walk: Walk): AsyncGenerator<StoredObject> {
  yield* walkFolder(walk, walk.prefix.slice(0, walk.prefix.lastIndexOf('/') + 1))
}

async function* walkFolder(walk: Walk, folderKey: string): AsyncGenerator<StoredObject> {
  const isListed = (entry: Dirent): boolean => {
    if (!isKey(entry.name)) return false
    const key = folderKey + orderName(entry)
    if (entry.isDirectory()) return mayHoldKeys(walk, key)
    return entry.isFile() && key.startsWith(walk.prefix) && key > walk.after
  }
  // A folder of many objects is read to find a few new ones, so the others are not sorted.
  const listed = (await entriesOf(join(walk.root, folderKey))).filter(isListed)
  for (const entry of listed.toSorted((a, b) => (orderName(a) < orderName(b) ? -1 : 1))) {
    const key = folderKey + orderName(entry)
    if (entry.isDirectory()) yield* walkFolder(walk, key)
    const object = entry.isFile() ? await objectAt(walk.root, key) : null
    if (object !== null) yield object
  }
}

/** A folder sorts as its keys do: `a-b` comes before `a/b`, although `a` comes before `a-b`. */
function orderName(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name
}

function mayHoldKeys({ prefix, after }: Walk, folderKey: string): boolean {
  const canHavePrefix = folderKey.startsWith(prefix) || prefix.startsWith(folderKey)
  return canHavePrefix && (folderKey > after || after.startsWith(folderKey))
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

async function objectAt(root: string, key: string): Promise<StoredObject | null> {
  try {
    const { size, mtime } = await stat(join(root, key))
    return { key, bytes: size, modifiedAt: mtime }
  } catch (error) {
    // Deleted since the folder was read.
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}
