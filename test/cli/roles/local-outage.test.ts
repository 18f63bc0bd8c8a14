import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openArchiveRole } from '../../../cli/roles/archive-role.ts'
import { openBatchRole } from '../../../cli/roles/batch-role.ts'
import { loadConfig } from '../../../cli/parts/config.ts'
import { Parts } from '../../../cli/parts/parts.ts'
import { rsvpRecords } from '../../support/make-rsvp.ts'
import { MemoryLog } from '../../fakes/memory-log.ts'
import { MemoryStore } from '../../fakes/memory-store.ts'

/** Far beyond what anything here takes. */
const patience = { timeout: 30_000 }

let folder: string
let parts: Parts
let log: MemoryLog
let store: MemoryStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-outage-'))
  const env = {
    TIDEMARK_DATA_DIR: join(folder, 'data'),
    BATCH_CRON: '* * * * * *',
    ARCHIVE_CHUNK_AGE_MS: '1',
    LOG_LEVEL: 'silent',
  }
  parts = await Parts.open(loadConfig(env), env)
  log = new MemoryLog()
  for (const { topic } of parts.datasets) await log.ensureTopic(topic)
  store = new MemoryStore()
})

afterEach(async () => {
  await parts.close()
  await log.close()
  await rm(folder, { recursive: true })
})

/** What is named of one part: how often it has failed, and with which reason. */
function named(part: string): { readonly failures: number; readonly waitingFor: string } | undefined {
  return parts.waiting.list().find((waiting) => waiting.part === part)
}

async function chunkCount(): Promise<number> {
  let count = 0
  for await (const _ of store.list('raw/rsvp/')) count += 1
  return count
}

describe('an archive whose work folder cannot be written', () => {
  it('is named for as long as that lasts, and goes on by itself with nothing lost', async () => {
    parts.closers.add('archive', await openArchiveRole(parts, { log, store }))
    await rm(parts.workFolder, { recursive: true })
    await writeFile(parts.workFolder, 'in the way')
    await log.append('rsvp', rsvpRecords(1, 3))
    await vi.waitUntil(() => (named('archive of rsvp')?.failures ?? 0) >= 2, patience)
    expect(named('archive of rsvp')?.waitingFor).toMatch(
      /^archive of rsvp: an outage ended it; it goes on from the chain's end: a local file cannot be used: .*work/,
    )
    expect(await chunkCount()).toBe(0)
    await rm(parts.workFolder)
    await vi.waitUntil(() => named('archive of rsvp') === undefined, patience)
    expect(await chunkCount()).toBe(1)
  })
})

describe('batch runs that fail', () => {
  it('are named with the reason and how many have failed, until one succeeds', async () => {
    const broken = vi.spyOn(store, 'list').mockImplementation(() => {
      throw new Error('the engine is broken')
    })
    const after = vi.fn<() => Promise<void>>()
    parts.closers.add('batch', openBatchRole(parts, { log, store, after }))
    await vi.waitUntil(() => (named('batch runs of rsvp')?.failures ?? 0) >= 2, patience)
    expect(named('batch runs of rsvp')?.waitingFor).toBe('each tick tries again: the engine is broken')
    broken.mockRestore()
    await vi.waitUntil(() => parts.waiting.list().length === 0, patience)
    expect(after).toHaveBeenCalled()
  })
})

describe('the work folder', () => {
  it('is made again when somebody has removed it', async () => {
    const failures: string[] = []
    await parts.untilReachable('part', async () => {
      if (failures.length === 0) await rm(parts.workFolder, { recursive: true })
      failures.push('tried')
      await writeFile(join(parts.workFolder, 'file'), '')
    })
    expect(failures).toEqual(['tried', 'tried'])
  })
})
