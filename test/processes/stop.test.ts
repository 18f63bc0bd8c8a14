import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { Processes } from './tidemark-process.ts'
import { waitUntil } from './wait-until.ts'

let processes: Processes

beforeEach(async () => {
  processes = await Processes.open()
})
afterEach(() => processes.close())

const endless = 'SELECT count(*) FROM range(1_000_000_000_000) a, range(1000) b'
const Problem = z.object({ code: z.string() }).partial()

async function ask(url: string, sql: string, options: { readonly timeout_ms?: number } = {}): Promise<string> {
  const body = JSON.stringify({ sql, ...options })
  const answer = await fetch(`${url}/v1/sql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return `${answer.status} ${Problem.parse(await answer.json()).code ?? ''}`
}

it('answers a query that runs when the service is told to stop with 503, and ends', async () => {
  const service = processes.start(['start'], { TIDEMARK_DATA_DIR: processes.newDataFolder() })
  const [, url = ''] = await service.untilSaid(/answers at (http:\S+)/)
  await waitUntil('SQL to be answered', async () => (await ask(url, 'SELECT 1')) === '200 ')
  const running = ask(url, endless)
  await waitUntil('the query to run', async () => (await ask(url, 'SELECT 1', { timeout_ms: 100 })) === '429 BUSY')
  expect((await service.stop()).code).toBe(130)
  expect(await running).toBe('503 CLOSED')
})
