import { z } from 'zod'
import { diskFault } from '../../schemas/disk-fault.ts'
import { AppError, hasCode } from '../../schemas/errors.ts'
import { explain } from '../../schemas/declare/load-datasets.ts'
import { loadConfig } from '../parts/config.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import { Parts } from '../parts/parts.ts'

/**
 * Supervisors kill a process ten seconds after they have asked it to stop. In the second before, this one says what
 * kept it, and ends.
 */
export const endWithinMs = 9_000

/** The variable that a flag stands for, with the flag's value; undefined if the flag was not given. */
export type Flags = Readonly<Record<string, string | undefined>>

/** For commands that print an answer and end: their parts log only warnings, unless LOG_LEVEL says otherwise. */
export function quietly(env: NodeJS.ProcessEnv): Flags {
  return { LOG_LEVEL: env['LOG_LEVEL'] ?? 'warn' }
}

/**
 * Runs one command: opens its parts from flags and environment, calls `work`, always closes the parts, and returns the
 * exit code. `work` returns a code, or nothing for 0. Errors go to stderr, for people. SIGINT and SIGTERM abort
 * `parts.signal`; a second one ends the process at once.
 */
export async function runCommand(
  env: NodeJS.ProcessEnv,
  flags: Flags,
  work: (parts: Parts) => Promise<number | void>,
): Promise<number> {
  const interruption = new Interruption()
  try {
    const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
    const laidOver = { ...env, ...given }
    const parts = await Parts.open(loadConfig(laidOver), laidOver)
    interruption.onSignal = () => parts.stop()
    if (interruption.isInterrupted) parts.stop()
    interruption.onLate = () => sayLate(parts.closers.open())
    for (const each of parts.leftOut) parts.logger.error({ dataset: each.name }, `left out: ${explain(each)}`)
    const code = await closed(parts, () => work(parts))
    return interruption.isInterrupted ? exitCodes.interrupted : (code ?? exitCodes.ok)
  } catch (error) {
    if (interruption.isInterrupted && isEnd(error)) return exitCodes.interrupted
    process.stderr.write(`tidemark: ${describe(error)}\n`)
    return error instanceof AppError ? exitCodeOf(error.code) : exitCodes.failure
  } finally {
    interruption.end()
  }
}

/**
 * Always closes the parts. If `work` failed and a part does not close, the failure of the part is printed first, and
 * that of `work` is thrown.
 */
async function closed<T>(parts: Parts, work: () => Promise<T>): Promise<T> {
  const result = await work().catch(async (cause: unknown) => {
    await parts.close().catch((error: unknown) => process.stderr.write(`tidemark: ${reasonOf(error)}\n`))
    throw cause
  })
  await parts.close()
  return result
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function sayLate(open: readonly string[]): void {
  process.stderr.write(
    `tidemark: ended by force, for these did not close in ${endWithinMs / 1000} s: ${open.join(', ')}\n`,
  )
}

class Interruption {
  isInterrupted = false
  onSignal: () => void = () => {}
  onLate: () => void = () => {}
  #late: NodeJS.Timeout | undefined
  readonly #listener = () => {
    if (this.isInterrupted) process.exit(exitCodes.interrupted)
    this.isInterrupted = true
    this.#late = setTimeout(() => this.#endByForce(), endWithinMs).unref()
    this.onSignal()
  }

  constructor() {
    process.on('SIGINT', this.#listener)
    process.on('SIGTERM', this.#listener)
  }

  end(): void {
    process.off('SIGINT', this.#listener)
    process.off('SIGTERM', this.#listener)
    clearTimeout(this.#late)
  }

  /**
   * Not `exit`, which waits for a file or a statement that another thread still works on. Nothing is lost by a kill
   * here.
   */
  #endByForce(): void {
    this.onLate()
    process.kill(process.pid, 'SIGKILL')
  }
}

/** Returns one line for an expected error, and the stack with its causes for an unexpected one. */
export function describe(error: unknown): string {
  const fault = error instanceof AppError ? error : diskFault(error)
  if (fault === null) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  const reason = fault.cause instanceof Error ? fault.cause.message : ''
  const cause = reason === '' || reason.includes(fault.message) || fault.message.includes(reason) ? '' : ` (${reason})`
  return `${fault.message}${placeIn(fault)}${cause}`
}

const Place = z.object({ position: z.object({ line: z.number(), column: z.number() }) })

/** Returns the place in the statement, unless the engine's message has drawn it. */
function placeIn({ details, message }: AppError): string {
  const place = Place.safeParse(details)
  if (!place.success || message.includes('\nLINE ')) return ''
  const { line, column } = place.data.position
  return ` (line ${line}, column ${column})`
}

/** Returns true for the errors that work throws when it is told to stop. */
function isEnd(error: unknown): boolean {
  return hasCode(error, 'CLOSED') || (error instanceof Error && error.name === 'AbortError')
}
