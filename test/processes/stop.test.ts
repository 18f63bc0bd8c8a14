import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { Processes } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'

let processes: Processes

beforeEach(async () => {
  processes = await Processes.open()
})
afterEach(() => processes.close())

const endless = 'SELECT count(*) FROM range(1_000_000_000_000) a, range(1000) b'
const Problem = z.object({ code: z.string() }).partial()

async function ask(url: string, sql: string): Promise<string> {
  const body = JSON.stringify({ sql })
  const answer = await fetch(`${url}/v1/sql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return `${answer.status} ${Problem.parse(await answer.json()).code ?? ''}`
}

it('answers the query that runs when the service is told to stop with 503, as those that wait, and ends', async () => {
  const service = processes.start(['start'], { TIDEMARK_DATA_DIR: processes.newDataFolder() })
  const [, url = ''] = await service.untilSaid(/answers at (http:\S+)/)
  await waitUntil('SQL to be answered', async () => (await ask(url, 'SELECT 1')) === '200 ')
  // One runs, four wait for it, and whoever comes last is told at once.
  const asked = Array.from({ length: 6 }, () => ask(url, endless))
  expect(await Promise.race(asked)).toBe('429 BUSY')
  expect((await service.stop()).code).toBe(130)
  expect((await Promise.all(asked)).toSorted()).toEqual(['429 BUSY', ...Array.from({ length: 5 }, () => '503 CLOSED')])
})

it('says nothing of errors when it is told to stop in the middle of its work', async () => {
  const events = { TIDEMARK_DATA_DIR: processes.newDataFolder(), SQL_WORKERS: '4' }
  const service = processes.start(['start', '--generate', 'sensor://rooms=20&rate=100'], events)
  const [, url = ''] = await service.untilSaid(/answers at (http:\S+)/)
  await waitUntil('SQL to be answered', async () => (await ask(url, 'SELECT 1')) === '200 ')
  const { code, stderr } = await service.stop()
  expect(code).toBe(130)
  expect(stderr).not.toMatch(/error/i)
})
