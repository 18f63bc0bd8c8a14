import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ToolMissing } from './server-cache.ts'

/** Variables that make the service, and every S3 client, use a server. */
export type ServerEnv = Readonly<Record<string, string>>

export type TestServer = {
  /** For titles: `MinIO`, `Kafka 4.3.1`. */
  readonly name: string
  readonly env: ServerEnv
}

/** A server that this process started. It keeps its port and its data until `stop`. */
export type NativeServer = TestServer & {
  /** Ends it and deletes its data. May be called twice. */
  stop(): Promise<void>
  /** Ends it as a crash would. */
  kill9(): Promise<void>
  /** After `kill9`, or in its place: ends it in order and starts it with the same data. */
  restart(): Promise<void>
}

export type ServerPlan = {
  readonly name: string
  readonly env: ServerEnv
  /** Of the server's own; deleted by `stop`. */
  readonly folder: string
  readonly command: string
  readonly args: readonly string[]
  readonly processEnv?: ServerEnv
  isReady(): Promise<boolean>
}

const readyWithinMs = 60_000
const stopWithinMs = 15_000
const pollMs = 50

export function newServerFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `tidemark-${name}-`))
}

/** Two ports are asked for at once, for a port that was given back may be given out again. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => portOf(server.address()))
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** Resolves once the server answers. */
export async function startServer(plan: ServerPlan): Promise<NativeServer> {
  let child = await start(plan)
  return {
    name: plan.name,
    env: plan.env,
    async stop() {
      await end(child, 'SIGTERM')
      await rm(plan.folder, { recursive: true, force: true })
    },
    kill9: () => end(child, 'SIGKILL'),
    async restart() {
      await end(child, 'SIGTERM')
      child = await start(plan)
    },
  }
}

async function start(plan: ServerPlan): Promise<ChildProcess> {
  const output = openSync(outputFile(plan), 'a')
  const env = { ...process.env, ...plan.processEnv }
  const child = spawn(plan.command, plan.args, { stdio: ['ignore', output, output], cwd: plan.folder, env })
  closeSync(output)
  const killWithParent = (): boolean => child.kill('SIGKILL')
  process.once('exit', killWithParent)
  child.once('exit', () => process.removeListener('exit', killWithParent))
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new ToolMissing(`${plan.command} is not installed`, { cause: error })
  }
  try {
    await untilReady(plan, child)
    return child
  } catch (error) {
    await end(child, 'SIGKILL')
    throw error
  }
}

async function untilReady(plan: ServerPlan, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs
  while (!(await plan.isReady())) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null
    if (hasEnded || Date.now() > deadline) {
      const output = await readFile(outputFile(plan), 'utf8')
      throw new Error(`${plan.name} ${hasEnded ? 'ended' : 'is not ready'}:\n${output.slice(-4_000)}`)
    }
    await setTimeout(pollMs)
  }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  const overdue = new AbortController()
  await Promise.race([exit, setTimeout(stopWithinMs, null, { signal: overdue.signal, ref: false }).catch(() => null)])
  overdue.abort()
  child.kill('SIGKILL')
  await exit
}

function outputFile(plan: ServerPlan): string {
  return join(plan.folder, 'output.log')
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
