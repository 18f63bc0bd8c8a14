import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openEmbeddedLog } from '../../connectors/embedded-log.ts'
import type { EventLog } from '../../schemas/log.ts'
import { collect, text } from '../contracts/follow-log.ts'
import { describeLog } from '../contracts/log-contract.ts'

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
