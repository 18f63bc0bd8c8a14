import type { TestProject } from 'vitest/node'
import { areNativeServersAllowed, chooseServers } from './choose-servers.ts'
import type { ServerKind } from './choose-servers.ts'
import { startKafka } from './kafka.ts'
import { startMinio } from './minio.ts'
import type { ProvidedServers } from './provided-servers.ts'
import { ToolMissing } from './server-cache.ts'
import type { NativeServer } from './server-process.ts'
import { startVersitygw } from './versitygw.ts'

const native: Readonly<Record<ServerKind, readonly (() => Promise<NativeServer>)[]>> = {
  kafka: [() => startKafka(), () => startKafka({ version: '3.9.2' })],
  s3: [() => startMinio(), () => startVersitygw()],
}

/** Starts the servers of a run once, before its tests, and stops them after. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: NativeServer[] = []
  const stopAll = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()))
  }
  try {
    const [kafka, s3] = await Promise.all([provide('kafka', started), provide('s3', started)])
    project.provide('servers', { kafka, s3 })
    project.provide('areNativeServersAllowed', areNativeServersAllowed(process.env))
    return stopAll
  } catch (error) {
    await stopAll()
    throw error
  }
}

async function provide(kind: ServerKind, started: NativeServer[]): Promise<ProvidedServers> {
  const choice = chooseServers(kind, process.env)
  if (choice.use === 'given')
    return { servers: [{ name: Object.values(choice.env).join(' at '), env: choice.env }], reason: '' }
  if (choice.use === 'none') return without(kind, choice.reason)
  const outcomes = await Promise.allSettled(native[kind].map((start) => start()))
  const servers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  started.push(...servers)
  const [failure] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  if (failure instanceof ToolMissing) return without(kind, failure.message)
  if (failure !== undefined) throw failure
  return { servers: servers.map(({ name, env }) => ({ name, env })), reason: '' }
}

function without(kind: ServerKind, reason: string): ProvidedServers {
  process.stderr.write(`Suites that need ${kind} have none: ${reason}\n`)
  return { servers: [], reason }
}
