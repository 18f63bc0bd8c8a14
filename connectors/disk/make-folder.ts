import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { isErrno } from '../../schemas/errors.ts'

/**
 * Makes the folder and those above it; returns the topmost that it made, or undefined where all were there. Node's own
 * recursive `mkdir` repeats itself for ever where a file system refuses a folder with ENOENT, as /proc does, and nothing
 * but SIGKILL ends a process that does.
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const path = resolve(folder)
  if (await isFolder(path)) return undefined
  const topmost = await makeFolder(dirname(path))
  try {
    await mkdir(path)
    return topmost ?? path
  } catch (error) {
    // Somebody else was faster.
    if (isErrno(error, 'EEXIST') && (await isFolder(path))) return topmost
    throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
