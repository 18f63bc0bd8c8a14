import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../connectors/embedded/log.ts'
import { WriteGuard } from '../../../connectors/embedded/write-guard.ts'
import { waitUntil } from '../../support/wait-until.ts'

const script = fileURLToPath(new URL('append-process.mjs', import.meta.url))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-guard-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('keeps other processes from opening the log while it is held', async () => {
  const guard = await WriteGuard.open(folder)
  const openers = await guard.hold(async () => {
    // The second tells that the first has had the time to pass by a guard that does not guard.
    const started = [await untilAtGuard(startOpener('a')), await untilAtGuard(startOpener('b'))]
    expect(existsSync(join(folder, 'data.mdb'))).toBe(false)
    return started
  })
  expect(await Promise.all(openers.map(({ exit }) => exit))).toEqual([
    [0, null],
    [0, null],
  ])
  expect(existsSync(join(folder, 'data.mdb'))).toBe(true)
  await guard.close()
})

it('keeps other processes from writing to the log while it is held', async () => {
  const log = await openEmbeddedLog({ folder, partitionCount: 1 })
  await log.ensureTopic('t')
  const end = async () => (await log.bounds('t')).get(0)?.nextOffset ?? 0n
  const guard = await WriteGuard.open(folder)
  const writer = startOpener('a', 1_000_000)
  await waitUntil('the other process to write', async () => (await end()) > 0n)
  const other = await guard.hold(async () => {
    const before = await end()
    const started = await untilAtGuard(startOpener('b'))
    expect(await end()).toBe(before)
    return started
  })
  const held = await end()
  await waitUntil('the other process to write on', async () => (await end()) > held + 1n)
  writer.child.kill('SIGKILL')
  await Promise.all([writer.exit, other.exit])
  await guard.close()
  await log.close()
})

it('runs what comes while it is held, and what fails does not keep it', async () => {
  const guard = await WriteGuard.open(folder)
  const done: string[] = []
  const first = guard.hold(async () => {
    done.push('first')
  })
  const second = guard.hold(async () => {
    throw new Error('planned')
  })
  const third = guard.hold(async () => {
    done.push('third')
  })
  await expect(second).rejects.toThrow('planned')
  await Promise.all([first, third])
  await guard.hold(async () => {
    done.push('fourth')
  })
  expect(done).toEqual(['first', 'third', 'fourth'])
  await guard.close()
})

function startOpener(writer: string, appends = 1) {
  const args = [
    '--topic=t',
    '--records=1',
    '--partitions=1',
    `--folder=${folder}`,
    `--writer=${writer}`,
    `--appends=${appends}`,
  ]
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  return { child, exit: once(child, 'exit') }
}

/** Where there is no /proc, nothing tells how far it is: it may not have come to the guard yet. */
async function untilAtGuard<T extends { readonly child: ChildProcess }>(opener: T): Promise<T> {
  if (process.platform !== 'linux') return opener
  const lock = join(folder, 'guard/lock.mdb')
  await waitUntil('the other process to be at the guard', async () => {
    const mapped = await readFile(`/proc/${opener.child.pid}/maps`, 'utf8').catch(() => '')
    return mapped.includes(lock)
  })
  return opener
}
