import { AppError, hasCode } from './errors.ts'

/**
 * By the operating system's code of a fault that people can mend while a process runs: how the engine words it, and
 * what to do.
 */
const faults: Readonly<Record<string, { readonly says: string; readonly advice: string }>> = {
  ENOSPC: { says: 'No space left on device', advice: 'make room' },
  EDQUOT: { says: 'Disk quota exceeded', advice: 'make room' },
  EACCES: { says: 'Permission denied', advice: 'let this user write there' },
  EPERM: { says: 'Operation not permitted', advice: 'let this user write there' },
  EROFS: { says: 'Read-only file system', advice: 'make it writable' },
  EIO: { says: 'Input/output error', advice: 'look after the disk' },
  ESTALE: { says: 'Stale file handle', advice: 'mount it again' },
  EMFILE: { says: 'Too many open files', advice: 'allow this process more open files' },
  ENFILE: { says: 'Too many open files in system', advice: 'allow this machine more open files' },
  ENOENT: { says: 'No such file or directory', advice: 'it was there when the process started: put it back' },
  ENOTDIR: { says: 'Not a directory', advice: 'it was a folder when the process started: put it back' },
  EEXIST: { says: 'is not a directory', advice: 'it was a folder when the process started: put it back' },
}

/** The faults that may pass without a change of what the process was started with. */
const passing: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'ESTALE', 'EMFILE', 'ENFILE'])

/**
 * Returns DISK_FAILED if the error, the operating system's or the engine's, says that a local file could not be read or
 * written; null for every other error. An `AppError` is already explained.
 */
export function diskFault(error: unknown): AppError | null {
  if (hasCode(error, 'DISK_FAILED')) return error
  const code = codeOf(error)
  if (code === null || !(error instanceof Error)) return null
  const [message = ''] = error.message.split('\n', 1)
  return new AppError('DISK_FAILED', `a local file cannot be used: ${message}: ${faults[code]?.advice}`, {
    cause: error,
    details: { errno: code },
  })
}

export function mayPass(error: unknown): boolean {
  const code = codeOf(error)
  return code !== null && passing.has(code)
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || error instanceof AppError) return null
  if ('syscall' in error && 'code' in error && typeof error.code === 'string')
    return Object.hasOwn(faults, error.code) ? error.code : null
  if (!/^(IO|Permission) Error/.test(error.message)) return null
  return Object.entries(faults).findLast(([, { says }]) => error.message.includes(says))?.[0] ?? null
}
