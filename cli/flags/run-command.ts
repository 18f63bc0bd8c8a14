import { z } from 'zod'
import { diskFault } from '../../schemas/disk-fault.ts'
import { AppError, hasCode } from '../../schemas/errors.ts'
import { explain } from '../../schemas/declare/load-datasets.ts'
import { loadConfig } from '../parts/config.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import { Parts } from '../parts/parts.ts'

/** Supervisors kill ten seconds after they have asked; what is named in the last second helps more than that. */
export const endWithinMs = 9_000

/** A flag of the command line by the variable it stands for, as given; undefined where it was not. */
export type Flags = Readonly<Record<string, string | undefined>>

/** Flags of a command that answers and ends: of what its parts log only what keeps it waiting, unless more is asked for. */
export function quietly(env: NodeJS.ProcessEnv): Flags {
  return { LOG_LEVEL: env['LOG_LEVEL'] ?? 'warn' }
}

/**
 * Runs one command: opens its parts by flags and environment, hands them to `work`, closes them whatever happens, and
 * answers the exit code. `work` returns one of its own, or nothing for 0. Faults go to stderr, for people. SIGINT and
 * SIGTERM abort `parts.signal`; a second one ends the process at once.
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

/** Closes the parts whatever happens. A part that does not close is told of before what made the work fail, and never in its place. */
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

  /** Not `exit`, which waits for a file or a statement that a thread is at. There is nothing here that a kill could lose. */
  #endByForce(): void {
    this.onLate()
    process.kill(process.pid, 'SIGKILL')
  }
}

/** One line for a fault that was foreseen; the stack, causes included, for one that was not. */
export function describe(error: unknown): string {
  const fault = error instanceof AppError ? error : diskFault(error)
  if (fault === null) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  const reason = fault.cause instanceof Error ? fault.cause.message : ''
  const cause = reason === '' || reason.includes(fault.message) || fault.message.includes(reason) ? '' : ` (${reason})`
  return `${fault.message}${placeIn(fault)}${cause}`
}

const Place = z.object({ position: z.object({ line: z.number(), column: z.number() }) })

/** Where a statement is at fault, unless the engine has drawn it. */
function placeIn({ details, message }: AppError): string {
  const place = Place.safeParse(details)
  if (!place.success || message.includes('\nLINE ')) return ''
  const { line, column } = place.data.position
  return ` (line ${line}, column ${column})`
}

/** What whoever is told to stop throws. */
function isEnd(error: unknown): boolean {
  return hasCode(error, 'CLOSED') || (error instanceof Error && error.name === 'AbortError')
}
