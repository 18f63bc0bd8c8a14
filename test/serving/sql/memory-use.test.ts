import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openEmbeddedLog } from '../../../connectors/embedded/log.ts'
import { privateBytes } from '../../../serving/sql/memory-use.ts'
import { collectAll } from '../../support/follow-log.ts'

const mebibyte = 1024 * 1024
const records = 64

/** Resident, but the operating system's to take back. */
const fileBytes = (): number => process.memoryUsage.rss() - privateBytes()

it('counts what a process allocates', () => {
  const before = privateBytes()
  const held = Buffer.alloc(records * mebibyte, 1)
  expect(privateBytes() - before).toBeGreaterThan(held.byteLength / 2)
})

it.runIf(process.platform === 'linux')('does not count the embedded log that a process has read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-memory-use-'))
  const log = await openEmbeddedLog({ folder, partitionCount: 1 })
  onTestFinished(async () => {
    await log.close()
    await rm(folder, { recursive: true, force: true })
  })
  await log.ensureTopic('rsvp')
  const value = Buffer.alloc(900_000, 'x')
  for (let n = 0; n < records; n += 1) await log.append('rsvp', [{ key: null, value }])
  const before = fileBytes()
  await collectAll(log, 'rsvp')
  expect(fileBytes() - before).toBeGreaterThan((records * value.byteLength) / 2)
})
