import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isErrno } from '../../schemas/errors.ts'
import { requireBuilt } from './require-built.ts'
import { waitUntil, withinMs } from './wait-until.ts'

export const root = new URL('../..', import.meta.url).pathname
const launcherOf = (home: string) => join(home, 'dist/cli/tidemark.cjs')

export const recording = join(root, 'recordings/rsvps-2017-03-19.ndjson')

export type ProcessEnv = Readonly<Record<string, string>>

/** The result of a process that has ended. `code` is the signal's name if a signal killed it. */
export type Ended = { readonly code: number | string; readonly stdout: string; readonly stderr: string }

/** The command line as a process, in a process group of its own. */
export type TidemarkProcess = {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** Returns everything that it has written to stderr. */
  said(): string
  /** Resolves once stderr matches; rejects if the process ends before, or if it takes too long. */
  untilSaid(pattern: RegExp): Promise<RegExpExecArray>
  /** Ends it with the signal that a supervisor sends. */
  stop(): Promise<Ended>
  /** Kills it and every process that it started, as a power cut would. */
  kill9(): Promise<void>
}

/** The processes that a test starts, and the folder of their data. */
export class Processes {
  readonly folder: string
  readonly #home: string
  readonly #cwd: string
  readonly #running = new Set<TidemarkProcess>()
  #dataFolders = 0

  /** `home` is the folder of the built code, `cwd` the folder in which it is started. */
  static async open(home: string = root, cwd: string = root): Promise<Processes> {
    requireBuilt(home)
    return new Processes(await mkdtemp(join(tmpdir(), 'tidemark-processes-')), home, cwd)
  }

  private constructor(folder: string, home: string, cwd: string) {
    this.folder = folder
    this.#home = home
    this.#cwd = cwd
  }

  /** Returns a data folder that no process has used. */
  newDataFolder(): string {
    this.#dataFolders += 1
    return join(this.folder, `data-${this.#dataFolders}`)
  }

  start(args: readonly string[], env: ProcessEnv): TidemarkProcess {
    const started = startTidemark({ home: this.#home, cwd: this.#cwd }, args, env)
    this.#running.add(started)
    void started.ended.then(() => this.#running.delete(started))
    return started
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], env: ProcessEnv): Promise<Ended> {
    return await this.start(args, env).ended
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((process) => process.kill9()))
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/**
 * Passes only the variables that Node needs, not the rest of the tests' environment. There is one SQL worker unless the
 * test says otherwise.
 */
function startTidemark(
  { home, cwd }: { readonly home: string; readonly cwd: string },
  args: readonly string[],
  env: ProcessEnv,
): TidemarkProcess {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [launcherOf(home), ...args], {
    cwd,
    env: { PATH, HOME, PORT: '0', SQL_WORKERS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const pid = child.pid ?? 0
  const killGroup = (): void => signalGroup(pid, 'SIGKILL')
  process.once('exit', killGroup)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  const heard = new EventTarget()
  createInterface(child.stderr).on('line', (line) => {
    output.stderr += `${line}\n`
    heard.dispatchEvent(new Event('line'))
  })
  const ended = once(child, 'close').then(([code, signal]: unknown[]): Ended => {
    process.removeListener('exit', killGroup)
    return { code: typeof code === 'number' ? code : String(signal), ...output }
  })
  const started: TidemarkProcess = {
    pid,
    ended,
    said: () => output.stderr,
    async untilSaid(pattern) {
      const over = ended.then(({ code }) => {
        throw new Error(`it ended with ${code} before it said ${String(pattern)}:\n${output.stderr}`)
      })
      const said = async (): Promise<RegExpExecArray> => {
        for (;;) {
          const match = pattern.exec(output.stderr)
          if (match !== null) return match
          await once(heard, 'line')
        }
      }
      return await withinMs(() => `it did not say ${String(pattern)}:\n${output.stderr}`, Promise.race([said(), over]))
    },
    async stop() {
      child.kill('SIGTERM')
      return await withinMs(() => `it did not end:\n${output.stderr}`, ended)
    },
    async kill9() {
      killGroup()
      await ended
      await waitUntil('the process group to be gone', () => !isGroupAlive(pid))
    },
  }
  return started
}

/** Returns whether any process of the group is left. */
export function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0)
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false
    throw error
  }
}

function signalGroup(pid: number, signal: 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}
