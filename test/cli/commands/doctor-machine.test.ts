import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../../cli/parts/config.ts'
import { check } from '../../../cli/commands/doctor/check.ts'
import {
  checkCache,
  checkCores,
  checkDataFolder,
  checkMemory,
  checkNode,
} from '../../../cli/commands/doctor/machine.ts'

const gibibyte = 1024 ** 3

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-doctor-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

describe('the checks of a machine', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['22.1.0', 'ok'],
    ['20.18.3', 'fail'],
    ['18.20.0', 'fail'],
  ])('of Node %s: %s', (version, status) => {
    expect(checkNode(version).status).toBe(status)
  })

  it('warns where the roles may take more memory than there is', () => {
    expect(checkMemory(loadConfig({}), 64 * gibibyte).status).toBe('ok')
    expect(checkMemory(loadConfig({}), gibibyte)).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('lower SPEED_MEMORY_BYTES_MAX'),
    })
  })

  it('shows the cores and the threads, and warns of more threads than cores', () => {
    expect(checkCores(loadConfig({}), 2)).toEqual({
      status: 'ok',
      message: '2 given; threads: 2 for batch runs, 2 for the speed view and the queries, 2 for each of 2 SQL workers',
    })
    expect(checkCores(loadConfig({ SPEED_THREADS: '3' }), 2)).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('lower BATCH_THREADS, SPEED_THREADS or SQL_WORKER_THREADS'),
    })
  })

  it.each([
    [10 * gibibyte, 'ok'],
    [gibibyte / 2, 'warn'],
    [1024, 'fail'],
  ])('of a disk with %d bytes left: %s', async (bytes, status) => {
    expect((await checkDataFolder(await openFolder(), bytes)).status).toBe(status)
  })

  it('fails for a data folder that is a file', async () => {
    const file = join(await openFolder(), 'file')
    await writeFile(file, '')
    expect((await check('data folder', 10_000, () => checkDataFolder(file))).status).toBe('fail')
  })

  it('measures the cache, which need not exist', async () => {
    const folder = await openFolder()
    await writeFile(join(folder, 'native'), Buffer.alloc(5000))
    expect(await checkCache(folder)).toMatchObject({ status: 'ok', message: expect.stringMatching(/^5.0 kB in /) })
    expect(await checkCache(join(folder, 'none'))).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^0 B in /),
    })
  })

  it('fails a check that does not answer', async () => {
    expect(await check('log', 1, () => new Promise(() => undefined))).toEqual({
      name: 'log',
      status: 'fail',
      message: 'no answer within 0.001 s',
    })
  })
})
