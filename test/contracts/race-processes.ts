import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { requireBuilt } from '../support/require-built.ts'

const script = fileURLToPath(new URL('put-process.mjs', import.meta.url))

export type Race = {
  /** What `put-process.mjs` opens. */
  readonly store: Readonly<Record<string, unknown>>
  readonly processCount: number
  readonly keys: readonly string[]
  readonly bytes: number
}

/** Has every process put every key, all begun at once. Answers, per key, the outcome that each process got. */
export async function raceProcesses({
  store,
  processCount,
  keys,
  bytes,
}: Race): Promise<Map<string, readonly string[]>> {
  requireBuilt()
  const writers = Array.from({ length: processCount }, (_, writer) =>
    start([`--store=${JSON.stringify(store)}`, `--writer=${writer}`, `--keys=${keys.join(',')}`, `--bytes=${bytes}`]),
  )
  try {
    for (const { nextLine } of writers) await nextLine()
    for (const { child } of writers) child.stdin?.end('go\n')
    const outcomes = await Promise.all(writers.map(({ nextLine }) => inOrder(keys, nextLine)))
    return new Map(keys.map((key, index) => [key, outcomes.map((ofWriter) => ofWriter[index] ?? 'none')]))
  } finally {
    await Promise.all(writers.map(({ exit }) => exit))
  }
}

function start(args: readonly string[]) {
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
  const child: ChildProcess = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env })
  if (child.stdout === null) throw new Error('no stdout')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => {
    const line = await lines.next()
    if (line.done === true) throw new Error('a process that puts ended early')
    return line.value
  }
  return { child, exit: once(child, 'exit'), nextLine }
}

async function inOrder(keys: readonly string[], nextLine: () => Promise<string>): Promise<readonly string[]> {
  const outcomes: string[] = []
  for (const _ of keys) outcomes.push(await nextLine())
  return outcomes
}
