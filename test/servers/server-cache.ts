import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isErrno } from '../../schemas/errors.ts'

const outputBytesMax = 64 * 1024 * 1024

/** A tool that building or running a server needs is not installed. */
export class ToolMissing extends Error {
  override readonly name = 'ToolMissing'
}

/** Outside the clone, so that only a machine's first run builds. */
function cacheFolder(): string {
  return process.env['TIDEMARK_TEST_CACHE'] ?? join(homedir(), '.cache', 'tidemark-servers')
}

/**
 * The folder `name` of the cache, built where it is not there yet. A folder is there whole or not at all: it gets its name
 * once it is built. Processes that need the same one wait for the first.
 */
export async function builtOnce(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name)
  if (existsSync(folder)) return folder
  await mkdir(cacheFolder(), { recursive: true })
  const unlock = await lock(`${folder}.lock`)
  const unfinished = await mkdtemp(`${folder}.unfinished-`)
  try {
    if (existsSync(folder)) return folder
    process.stderr.write(`Building ${name}, once on this machine\n`)
    await build(unfinished)
    await rename(unfinished, folder)
    return folder
  } finally {
    await rm(unfinished, { recursive: true, force: true })
    await unlock()
  }
}

/** Runs a tool to its end, silently unless it fails. */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
) {
  try {
    await promisify(execFile)(tool, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      maxBuffer: outputBytesMax,
    })
  } catch (error) {
    if (isErrno(error, 'ENOENT')) {
      throw new ToolMissing(`${tool} is not installed`, { cause: error })
    }
    throw error
  }
}

async function lock(path: string): Promise<() => Promise<void>> {
  while (!(await tryLock(path))) {
    const owner = Number(await readFile(path, 'utf8').catch(() => 0))
    if (owner !== 0 && !isAlive(owner)) await rm(path, { force: true })
    await setTimeout(200)
  }
  return () => rm(path, { force: true })
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return !isErrno(error, 'ESRCH')
  }
}
