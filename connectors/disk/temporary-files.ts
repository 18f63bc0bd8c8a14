import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { cleanedUp } from '../../schemas/async/clean-up.ts'
import { isErrno } from '../../schemas/errors.ts'
import { makeFolder } from './make-folder.ts'

const abandonedAfterMs = 24 * 60 * 60 * 1000

/** Identifies this process, also among earlier ones with the same id on the same machine. */
const owner = { host: hostname().replaceAll('~', '-'), pid: process.pid, startedMs: Math.round(performance.timeOrigin) }

/** Returns a name that `removeDeadTemporaries` recognises as this process's. Creates nothing. */
export function temporaryName(): string {
  return [owner.host, owner.pid, owner.startedMs, randomUUID()].join('~')
}

/** Runs `use` with a new folder, and removes the folder afterwards, also if `use` throws. */
export async function withTemporaryFolder<T>(parent: string, use: (folder: string) => Promise<T>): Promise<T> {
  await makeFolder(parent)
  const folder = await mkdtemp(join(parent, `${temporaryName()}~`))
  return await cleanedUp(
    () => use(folder),
    () => rm(folder, { recursive: true, force: true }),
  )
}

/**
 * Removes the temporary files of processes that were killed, never those of a live process of this machine. Files of
 * another machine, which may share the folder, are removed once they are a day old.
 */
export async function removeDeadTemporaries(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name)
    if (isOfDeadProcess(name) || (await isAbandoned(path, name))) await rm(path, { recursive: true, force: true })
  }
}

function isOfDeadProcess(name: string): boolean {
  const [host, pid, startedMs] = name.split('~')
  if (host !== owner.host) return false
  if (Number(pid) === owner.pid) return Number(startedMs) !== owner.startedMs
  return !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return true
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return !isErrno(error, 'ESRCH')
  }
}

async function isAbandoned(path: string, name: string): Promise<boolean> {
  if (name.startsWith(`${owner.host}~`)) return false
  try {
    return (await stat(path)).mtimeMs < Date.now() - abandonedAfterMs
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}
