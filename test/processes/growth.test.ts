import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { generateEvents } from '../../bench/generate-events.ts'
import { appendEvents, askSql } from '../support/ask.ts'
import { growthPerRound } from './growth-per-round.ts'
import { Processes } from '../support/tidemark-process.ts'
import type { TidemarkProcess } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'

/** The soak runs where SOAK_ROUNDS says how long: 40 take two minutes, more find slower growth. */
const soakRounds = process.env['SOAK_ROUNDS']
const rounds = Number(soakRounds ?? 40)
const microBatchesPerRound = 6
const eventsPerMicroBatch = 20

/**
 * What a round may cost in the second half. Until it has seen some five hundred micro-batches, an engine's list of what it
 * could evict still fills up, at some 60 kB a micro-batch; and allocators breathe.
 */
const privateBytesPerRoundMax = 1.5 * 1024 * 1024

const Status = z.object({
  datasets: z.array(z.object({ dataset: z.string(), tidemark: z.record(z.string(), z.string()) })),
})

let processes: Processes
let service: TidemarkProcess
let url: string

beforeAll(async () => {
  processes = await Processes.open()
  if (soakRounds === undefined) return
  service = processes.start(['start'], {
    TIDEMARK_DATA_DIR: processes.newDataFolder(),
    BATCH_CRON: '* * * * * *',
    STORE_WATCH_MS: '100',
    SPEED_INTERVAL_MS: '1',
    LOG_LEVEL: 'warn',
  })
  url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
  await service.untilSaid(/Ctrl-C ends it/)
})
afterAll(() => processes.close())

if (soakRounds !== undefined && process.platform === 'linux')
  it(
    'does not grow with its micro-batches, batch runs and hand-overs: neither the service nor its SQL worker',
    { timeout: 60_000 + rounds * 15_000 },
    async () => {
      const events = generateEvents({ count: rounds * microBatchesPerRound * eventsPerMicroBatch, seed: 1 })[
        Symbol.iterator
      ]()
      const grown = new Map<number, number[]>()
      for (let round = 0; round < rounds; round += 1) {
        await live(events)
        for (const pid of [service.pid, ...workersOf(service.pid)])
          grown.set(pid, [...(grown.get(pid) ?? []), privateBytes(pid)])
      }
      const perRound = [...grown.values()].map((bytes) => growthPerRound(bytes))
      expect(grown.size).toBe(2)
      for (const bytes of perRound) expect(bytes).toBeLessThan(privateBytesPerRoundMax)
    },
  )

it('would see two megabytes that each round keeps, through peaks that come and go', () => {
  const breathing = (round: number): number => (round % 3) * 20e6
  const rising = Array.from({ length: rounds }, (_, round) => 200e6 + breathing(round) + round * 2 * 1024 * 1024)
  const level = Array.from({ length: rounds }, (_, round) => 200e6 + breathing(round))
  expect(growthPerRound(rising)).toBeGreaterThan(privateBytesPerRoundMax)
  expect(growthPerRound(level)).toBeLessThan(privateBytesPerRoundMax)
})

/** Some micro-batches in the service and in its worker, then a generation and a hand-over. */
async function live(events: Iterator<Uint8Array>): Promise<void> {
  let end = ''
  for (let batch = 0; batch < microBatchesPerRound; batch += 1) {
    const lines = Array.from({ length: eventsPerMicroBatch }, () => Buffer.from(events.next().value ?? []))
    const { after } = await appendEvents(url, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
    await askSql(url, 'SELECT count(*) AS n FROM rsvp.rsvp', { after })
    end = after['rsvp/0'] ?? ''
  }
  await waitUntil('a generation of all of it', async () => {
    const { datasets } = Status.parse(await (await fetch(`${url}/v1/status`)).json())
    return datasets.some(({ dataset, tidemark }) => dataset === 'rsvp' && tidemark['rsvp/0'] === end)
  })
}

function workersOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
  return children.filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('sql-worker-main'))
}

/** Without pages of files: the log that was read is the operating system's to take back. */
function privateBytes(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}
