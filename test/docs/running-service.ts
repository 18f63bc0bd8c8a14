import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const root = new URL('../..', import.meta.url).pathname

export type RunningService = {
  readonly url: string
  /** Makes other commands use the same data. */
  readonly env: NodeJS.ProcessEnv
  /** Resolves to its exit code. Its data is gone. */
  stop(): Promise<number>
}

/** What `npm start` starts, as fast as it goes. */
const replay = 'node dist/cli/tidemark.cjs start --replay recordings/rsvps-2017-03-19.ndjson --speedup max'

/**
 * Starts a service by a command, in a folder, on a free port and data of its own, unless `variables` name a folder for it.
 * Resolves once it answers.
 */
export async function startService(
  command = replay,
  { cwd = root, variables = {} }: { readonly cwd?: string; readonly variables?: NodeJS.ProcessEnv } = {},
): Promise<RunningService> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-readme-'))
  const own = { TIDEMARK_DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'warn', BATCH_CRON: '* * * * * *' }
  const env = { ...process.env, ...own, ...variables }
  const [, ...args] = command.split(' ')
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(child, 'exit')
  const said: string[] = []
  const lines = createInterface(child.stderr)
  const ready = new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line)
      const url = /answers at (http:\S+)/.exec(said.join('\n'))?.[1]
      if (url !== undefined && line.includes('Ctrl-C ends it')) resolve(url)
    })
    void exit.then(([code]) => reject(new Error(`the service ended with ${String(code)}:\n${said.join('\n')}`)))
  })
  const stop = async (): Promise<number> => {
    child.kill('SIGTERM')
    const [code]: unknown[] = await exit
    await rm(folder, { recursive: true, force: true })
    return typeof code === 'number' ? code : -1
  }
  try {
    return { url: await ready, env, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resolves once every event of the recording is part of the answers, and a generation has been made. */
export async function untilReplayed({ url }: RunningService): Promise<void> {
  const after = encodeURIComponent(JSON.stringify({ 'rsvp/0': '1542' }))
  for (;;) {
    const answer = await fetch(`${url}/v1/rsvp/tables/rsvp?limit=1&after=${after}`)
    const text = await answer.text()
    if (answer.ok && !text.includes('"generation":0')) return
    if (!answer.ok && answer.status !== 409) throw new Error(`${answer.status}: ${text}`)
  }
}
