import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { isErrno } from '../../schemas/errors.ts'

/**
 * Makes the folder and those above it. Returns the topmost folder that it made, or undefined if all existed. Node's own
 * recursive `mkdir` never ends on a file system that refuses a folder with ENOENT, as /proc does, and then only SIGKILL
 * ends the process.
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const path = resolve(folder)
  if (await isFolder(path)) return undefined
  const topmost = await makeFolder(dirname(path))
  try {
    await mkdir(path)
    return topmost ?? path
  } catch (error) {
    // Another process made it first.
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
