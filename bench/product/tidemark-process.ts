import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Environment } from '../../cli/parts/config.ts'
import { watchMemory } from './memory-watch.ts'
import type { Peaks } from './memory-watch.ts'

export type TidemarkProcess = {
  readonly child: ChildProcess
  /** Resolves once the process has ended. Throws with its last line on stderr if it was killed or failed. */
  ended(): Promise<Peaks>
}

/** A process that is interrupted ends with it, as a service does. */
const interruptedCode = 130
const firstAnswerMsMax = 1_800_000
const lastWordsMax = 2000

/**
 * Starts `tidemark` as its users do, on a data folder and the defaults of the configuration, except for the variables
 * that are given.
 */
export function startTidemark(
  args: readonly string[],
  folder: string,
  variables: NodeJS.ProcessEnv = {},
): TidemarkProcess {
  const main = fileURLToPath(new URL('../../cli/tidemark.cjs', import.meta.url))
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...otherVariables(), ...variables, LOG_LEVEL: 'warn', TIDEMARK_DATA_DIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const exit = once(child, 'exit').finally(() => process.off('exit', kill))
  let lastWords = ''
  child.stderr.on('data', (bytes: Buffer) => {
    lastWords = `${lastWords}${bytes.toString()}`.slice(-lastWordsMax)
  })
  const stopWatching = watchMemory(child.pid ?? 0)
  return {
    child,
    async ended() {
      const [code, signal]: unknown[] = await exit
      const peaks = await stopWatching()
      if (code !== 0 && code !== interruptedCode)
        throw new Error(`tidemark ${args.join(' ')} ended with ${String(code ?? signal)}: ${lastLine(lastWords)}`)
      return peaks
    },
  }
}

/** The environment without the product's own variables. */
function otherVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !Object.hasOwn(Environment.shape, name)))
}

/** Resolves with the address of a service that was started with `--port 0`. */
export async function urlOf({ child }: TidemarkProcess): Promise<string> {
  if (child.stderr === null) throw new TypeError('the service has no stderr')
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /Tidemark answers at (\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    child.stderr.resume()
    return url
  }
  throw new Error('the service ended before it listened')
}

/** Asks again until there is an answer. Throws if the service has ended, or after half an hour. */
export async function firstAnswer<T>({ child }: TidemarkProcess, ask: () => Promise<T>): Promise<T> {
  const until = performance.now() + firstAnswerMsMax
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > until) throw error
      await delay(10)
    }
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
