import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { metricFamilies } from '../../serving/metrics/metric-families.ts'
import { parseExposition, valueOf } from '../support/parse-exposition.ts'
import type { Family } from '../support/parse-exposition.ts'
import { appendEvents, askGet, askSql } from '../support/ask.ts'
import { Processes, recording } from '../support/tidemark-process.ts'
import type { TidemarkProcess } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'

const memoryBytesMax = 512 * 1024 * 1024
const whole = '1542'
const dataset = { dataset: 'rsvp' }
const partition = { ...dataset, partition: '0' }

const Memory = z.object({
  used_bytes: z.number(),
  limit_bytes: z.number(),
  spilled_bytes: z.number(),
  spilling: z.boolean(),
})
const partitions = z.record(z.string(), z.record(z.string(), z.unknown()))
const Dataset = z.object({
  dataset: z.string(),
  generation: z.number(),
  tidemark: z.record(z.string(), z.string()),
  log: z.object({ partitions }).nullable(),
  archive: z.object({ partitions }).nullable(),
})
const Status = z.object({ memory: Memory, datasets: z.array(Dataset) })
const Ready = z.object({ memory: Memory })

/** Nothing was posted, and nothing fails. */
const withoutSamples: ReadonlySet<string> = new Set([
  'tidemark_posted_events_total',
  'tidemark_failing_seconds',
  'tidemark_failures',
])

let processes: Processes
let service: TidemarkProcess
let url: string

beforeAll(async () => {
  processes = await Processes.open()
  service = processes.start(['start', '--replay', recording, '--speedup', 'max'], {
    TIDEMARK_DATA_DIR: processes.newDataFolder(),
    BATCH_CRON: '* * * * * *',
    STORE_WATCH_MS: '100',
    SPEED_MEMORY_BYTES_MAX: String(memoryBytesMax),
    SQL_WORKERS: '1',
  })
  url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
  await service.untilSaid(/Ctrl-C ends it/)
  await waitUntil('a generation of all of it', async () => (await rsvp())?.tidemark['rsvp/0'] === whole)
})
afterAll(() => processes.close())

async function status() {
  return Status.parse(await (await fetch(`${url}/v1/status`)).json())
}

async function scrape(): Promise<ReadonlyMap<string, Family>> {
  return parseExposition(await (await fetch(`${url}/metrics`)).text())
}

async function rsvp() {
  return (await status()).datasets.find(({ dataset }) => dataset === 'rsvp')
}

it('shows what the log holds, where the archive ends, and that nothing was lost', async () => {
  await waitUntil('the end to be seen', async () => {
    const seen = await rsvp()
    return (
      seen?.archive?.partitions['rsvp/0']?.['archived'] === whole && seen.log?.partitions['rsvp/0']?.['next'] === whole
    )
  })
  const seen = await rsvp()
  expect(seen?.archive?.partitions).toEqual({
    'rsvp/0': { archived: whole, losses: [], losses_from: '0', endangered: 0 },
  })
  expect(seen?.log?.partitions).toEqual({ 'rsvp/0': { first: '0', next: whole } })
})

it("shows the memory of the replica's engine, where it is ready too", async () => {
  const ready = Ready.parse(await (await fetch(`${url}/readyz`)).json())
  for (const { memory } of [ready, await status()]) {
    expect(memory).toMatchObject({ limit_bytes: memoryBytesMax, spilled_bytes: 0, spilling: false })
    expect(memory.used_bytes).toBeGreaterThan(0)
    expect(memory.used_bytes).toBeLessThan(memoryBytesMax)
  }
})

it('exports every metric that is declared, with its labels', async () => {
  await askSql(url, 'SELECT 1')
  await waitUntil(
    'the history to be counted',
    async () => valueOf(await scrape(), 'tidemark_rejected_events_total', dataset) === 1,
  )
  const families = await scrape()
  for (const [name, { labels }] of Object.entries(metricFamilies)) {
    if (withoutSamples.has(name)) continue
    const [sample] = families.get(name)?.samples ?? []
    const found = Object.keys(sample?.labels ?? {}).filter((label) => label !== 'le')
    expect([name, sample !== undefined, new Set(found)]).toEqual([name, true, new Set(labels)])
  }
})

it('exports values that are true of what it did', async () => {
  const before = await scrape()
  const { after } = await appendEvents(url, 'no event\nnor this\n')
  await askGet(url, `/v1/rsvp/queries/yes-by-city?after=${encodeURIComponent(JSON.stringify(after))}`)
  const end = 1544
  await waitUntil('the posted events to be batched and seen', async () => {
    const families = await scrape()
    return (
      valueOf(families, 'tidemark_offset', partition) === end &&
      valueOf(families, 'tidemark_archive_offset', partition) === end &&
      valueOf(families, 'tidemark_log_end_offset', partition) === end &&
      valueOf(families, 'tidemark_rejected_events_total', dataset) === 3
    )
  })
  const families = await scrape()
  const grown = (name: string, labels: Readonly<Record<string, string>>): number =>
    (valueOf(families, name, labels) ?? 0) - (valueOf(before, name, labels) ?? 0)
  const stands = await rsvp()
  expect({
    speed: valueOf(families, 'tidemark_speed_offset', partition),
    lagEvents: valueOf(families, 'tidemark_speed_lag_events', partition),
    lagSeconds: valueOf(families, 'tidemark_speed_lag_seconds', dataset),
    lost: valueOf(families, 'tidemark_lost_events', partition),
    generation: valueOf(families, 'tidemark_generation', dataset),
    rejected: grown('tidemark_posted_events_total', { verdict: 'rejected' }),
    accepted: grown('tidemark_posted_events_total', { verdict: 'accepted' }),
    queries: grown('tidemark_query_seconds_count', { query: 'yes-by-city', status: '200' }),
    folded: grown('tidemark_micro_batch_events_sum', dataset),
    restarts: valueOf(families, 'tidemark_sql_worker_restarts_total'),
  }).toEqual({
    speed: end,
    lagEvents: 0,
    lagSeconds: 0,
    lost: 0,
    generation: stands?.generation,
    rejected: 2,
    accepted: 0,
    queries: 1,
    folded: 2,
    restarts: 0,
  })
  expect(valueOf(families, 'tidemark_generation_age_seconds', dataset)).toBeLessThan(90)
  expect(valueOf(families, 'tidemark_generation_run_seconds', dataset)).toBeGreaterThan(0)
  expect(valueOf(families, 'tidemark_engine_memory_bytes')).toBeGreaterThan(0)
  expect(valueOf(families, 'tidemark_engine_memory_limit_bytes')).toBe(memoryBytesMax)
})

it.runIf(process.platform === 'linux')('counts SQL workers that ended', async () => {
  const children = readFileSync(`/proc/${service.pid}/task/${service.pid}/children`, 'utf8').trim().split(' ')
  const workers = children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sql-worker-main'))
  expect(workers).toHaveLength(1)
  process.kill(Number(workers[0]), 'SIGKILL')
  await waitUntil(
    'the loss to be counted',
    async () => valueOf(await scrape(), 'tidemark_sql_worker_restarts_total') === 1,
  )
})
