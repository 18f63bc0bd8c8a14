import { access } from 'node:fs/promises'
import { isErrno } from '../../schemas/errors.ts'

/** Whether there is a file or folder at a path. Throws where that cannot be told. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
