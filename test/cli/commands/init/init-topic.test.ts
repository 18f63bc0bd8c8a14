import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../../connectors/embedded/log.ts'
import { loadDatasets } from '../../../../schemas/declare/load-datasets.ts'
import type { EventLog } from '../../../../schemas/ports/log.ts'
import { Tidemark } from '../../run-tidemark.ts'
import { shopEvents } from './shop-events.ts'

let tidemark: Tidemark
beforeEach(async () => {
  tidemark = await Tidemark.open()
})
afterEach(async () => {
  await tidemark.close()
})

async function withLog<T>(use: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await openEmbeddedLog({ folder: join(tidemark.folder, 'log'), partitionCount: 3 })
  try {
    return await use(log)
  } finally {
    await log.close()
  }
}

const init = async (from: string, ...options: readonly string[]) =>
  await tidemark.run('init', 'shop', '--from', from, '--out', join(tidemark.folder, 'shop'), ...options)

describe('tidemark init from a topic', () => {
  beforeEach(async () => {
    await withLog(async (log) => {
      await log.ensureTopic('web-orders')
      for (const line of shopEvents(90)) await log.append('web-orders', [{ key: null, value: Buffer.from(line) }])
    })
  })

  it('reads the newest events of the log, writes nothing to it, and declares a dataset of that topic', async () => {
    const bounds = await withLog((log) => log.bounds('web-orders'))
    const { code, stdout, stderr } = await init('web-orders')
    expect(stderr).toBe('')
    expect(stdout).toContain('Read 90 events of the topic web-orders.\n')
    expect(stdout).toContain('\naccepted 90 of 90\n')
    expect(code).toBe(0)
    // What is in the log needs no ingest and no replay.
    expect(stdout).toMatch(/\n {2}tidemark start --datasets \S+shop\n {2}tidemark query /)
    const { datasets } = await loadDatasets(join(tidemark.folder, 'shop'))
    expect(datasets).toMatchObject([
      { name: 'shop', topic: 'web-orders', description: 'Events like those of the topic web-orders.' },
    ])
    expect(await withLog((log) => log.bounds('web-orders'))).toEqual(bounds)
    const { stdout: cut } = await init('web-orders', '--events', '30', '--force')
    expect(cut).toContain('Read 30 events of the topic web-orders, which has more.\n')
  })

  it('is judged by a dataset too', async () => {
    await init('web-orders')
    const { code, stdout } = await tidemark.run('check', join(tidemark.folder, 'shop'), '--from', 'web-orders')
    expect(stdout).toContain('the topic web-orders: accepted 90 of 90\n')
    expect(code).toBe(0)
  })

  it('takes a file for a file, and topic: for a topic', async () => {
    const folder = process.cwd()
    process.chdir(tidemark.folder)
    try {
      await writeFile('web-orders', shopEvents(6).join('\n'))
      expect((await init('web-orders')).stdout).toContain('Read 6 events of web-orders.\n')
      expect((await init('topic:web-orders', '--force')).stdout).toContain('Read 90 events of the topic web-orders.\n')
    } finally {
      process.chdir(folder)
    }
  })

  it('names both that it could be where there is neither', async () => {
    expect(await init('weborders')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/weborders: there is no such file, and the embedded log at \S+ has no such topic/),
    })
    expect((await init('topic:weborders')).stderr).toMatch(/weborders: the embedded log at \S+ has no such topic/)
    await withLog((log) => log.ensureTopic('empty'))
    expect(await init('empty')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('empty: there are no events in it'),
    })
  })
})

it('makes no log to look for a topic in', async () => {
  const { code, stderr } = await init('orders')
  expect(stderr).toMatch(
    /orders: there is no such file, and there is no log in \S+, and no KAFKA_BROKERS that names one/,
  )
  expect(code).toBe(1)
  await expect(withLog((log) => log.bounds('orders'))).rejects.toThrow(/no topic|orders/)
})
