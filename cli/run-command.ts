import { z } from 'zod'
import { AppError } from '../schemas/errors.ts'
import { loadConfig } from './config.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import { Parts } from './parts.ts'

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
    try {
      const code = await work(parts)
      return interruption.isInterrupted ? exitCodes.interrupted : (code ?? exitCodes.ok)
    } finally {
      await parts.close()
    }
  } catch (error) {
    if (interruption.isInterrupted && isAbort(error)) return exitCodes.interrupted
    process.stderr.write(`tidemark: ${describe(error)}\n`)
    return error instanceof AppError ? exitCodeOf(error.code) : exitCodes.failure
  } finally {
    interruption.end()
  }
}

class Interruption {
  isInterrupted = false
  onSignal: () => void = () => {}
  readonly #listener = () => {
    if (this.isInterrupted) process.exit(exitCodes.interrupted)
    this.isInterrupted = true
    this.onSignal()
  }

  constructor() {
    process.on('SIGINT', this.#listener)
    process.on('SIGTERM', this.#listener)
  }

  end(): void {
    process.off('SIGINT', this.#listener)
    process.off('SIGTERM', this.#listener)
  }
}

/** One line for a fault that was foreseen; the stack, causes included, for one that was not. */
export function describe(error: unknown): string {
  if (!(error instanceof AppError)) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  const reason = error.cause instanceof Error ? error.cause.message : ''
  const cause = reason === '' || reason.includes(error.message) || error.message.includes(reason) ? '' : ` (${reason})`
  return `${error.message}${placeIn(error)}${cause}`
}

const Place = z.object({ position: z.object({ line: z.number(), column: z.number() }) })

/** Where a statement is at fault, unless the engine has drawn it. */
function placeIn({ details, message }: AppError): string {
  const place = Place.safeParse(details)
  if (!place.success || message.includes('\nLINE ')) return ''
  const { line, column } = place.data.position
  return ` (line ${line}, column ${column})`
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
