import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../connectors/embedded/log.ts'
import type { EventLog } from '../../../schemas/ports/log.ts'
import { collect, text } from '../../support/follow-log.ts'
import { describeLog } from '../../contracts/log-contract.ts'

it('keeps the partitions a topic was created with, whatever the setting says later', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-log-'))
  const [first, later] = [
    await openEmbeddedLog({ folder, partitionCount: 2 }),
    await openEmbeddedLog({ folder, partitionCount: 5 }),
  ]
  await first.ensureTopic('t')
  await later.ensureTopic('t')
  expect([...(await later.bounds('t')).keys()]).toEqual([0, 1])
  await Promise.all([first.close(), later.close()])
  await rm(folder, { recursive: true })
})

it('never lets receive times go back when the clock does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-log-'))
  const clock = [1000, 400, 2000]
  const log = await openEmbeddedLog({ folder, partitionCount: 1, now: () => clock.shift() ?? 0 })
  await log.ensureTopic('t')
  for (const word of ['a', 'b', 'c']) await log.append('t', [text(word)])
  const slices = await collect(log, 't', { from: new Map(), until: new Map([[0, 3n]]) })
  expect(slices.flatMap(({ records }) => records.map(({ timestamp }) => timestamp))).toEqual([1000n, 1000n, 2000n])
  await log.close()
  await rm(folder, { recursive: true })
})

it('refuses a name that cannot be a topic', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-log-'))
  const log = await openEmbeddedLog({ folder, partitionCount: 1 })
  await expect(log.ensureTopic('a/b')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await log.close()
  await rm(folder, { recursive: true })
})

describeLog('embedded log', async ({ partitionCount }) => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-log-'))
  const opened: EventLog[] = []
  const openOne = async () => {
    const log = await openEmbeddedLog({ folder, partitionCount, mapSizeBytes: 1024 * 1024 })
    opened.push(log)
    return log
  }
  const close = async () => {
    await Promise.all(opened.map((log) => log.close()))
    await rm(folder, { recursive: true })
  }
  return { log: await openOne(), openAgain: openOne, isTrimmed: true, close }
})

it('takes nothing while its disk is full, says so, keeps what it has, and goes on when there is room', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-log-'))
  const said: string[] = []
  let freeBytes = 1e9
  const log = await openEmbeddedLog({
    folder,
    partitionCount: 1,
    freeBytes: () => freeBytes,
    onUnwritable: (message) => said.push(message),
  })
  await log.ensureTopic('t')
  await log.append('t', [text('before')])
  freeBytes = 1e6
  const refused =
    /^The embedded log at .* cannot be written: its disk is full, 1\.0 MB are free, 4\.2 MB needed\. Make room\.$/
  await expect(log.append('t', [text('meanwhile')])).rejects.toMatchObject({
    code: 'LOG_UNREACHABLE',
    message: expect.stringMatching(refused),
  })
  await expect(log.trim('t', new Map([[0, 1n]]), 0)).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' })
  await log.ensureTopic('t')
  expect(said).toEqual([expect.stringMatching(refused)])
  freeBytes = 5e6
  await expect(log.append('t', [text('x'.repeat(900_000))])).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' })
  await log.append('t', [text('after')])
  const slices = await collect(log, 't', { from: new Map(), until: new Map([[0, 2n]]) })
  expect(slices.flatMap(({ records }) => records.map(({ value }) => Buffer.from(value ?? []).toString()))).toEqual([
    'before',
    'after',
  ])
  await log.close()
  await rm(folder, { recursive: true })
})
