import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { generateEvents } from '../../bench/events/generate-events.ts'
import { appendEvents, askSql } from '../support/ask.ts'
import { Processes, root } from '../support/tidemark-process.ts'
import type { TidemarkProcess } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Micro-batches before anything is measured: they fill the engine's lists of what it could evict, and the allocators. */
const warmUp = 200
/** Of each: a micro-batch in the service and in its SQL worker, a generation, a hand-over. */
const rounds = 48
const eventsPerRound = 20
/** The garbage collector makes memory go up and down: the least of so many rounds is compared. */
const roundsCompared = 15

/**
 * What the service and its SQL worker may gain together between the first and the last rounds. They gain some 10 MB of lists
 * that the engine keeps of what it could evict; with the planted fault they gain some 55.
 */
const gainBytesMax = 32 * 1024 * 1024

const Status = z.object({
  datasets: z.array(z.object({ dataset: z.string(), tidemark: z.record(z.string(), z.string()) })),
})

let faultyHome: string
let sound: Processes
let faulty: Processes
beforeAll(async () => {
  faultyHome = await mkdtemp(join(tmpdir(), 'tidemark-growing-'))
  for (const each of ['dist', 'package.json']) await cp(join(root, each), join(faultyHome, each), { recursive: true })
  await symlink(join(root, 'node_modules'), join(faultyHome, 'node_modules'))
  await plantFault()
  ;[sound, faulty] = [await Processes.open(), await Processes.open(faultyHome)]
})
afterAll(async () => {
  for (const processes of [sound, faulty]) await processes.close()
  await rm(faultyHome, { recursive: true, force: true })
})

it.runIf(process.platform === 'linux')(
  'a service and its SQL worker do not grow with micro-batches, batch runs and hand-overs; if they kept what they read, they would',
  { timeout: 1_200_000 },
  async () => {
    const [gain, faultyGain] = await Promise.all([soak(sound), soak(faulty)])
    expect(gain).toBeLessThan(gainBytesMax)
    expect(faultyGain).toBeGreaterThan(gainBytesMax)
  },
)

/** Engines keep a copy of every Parquet file that they read. It is the engine's own default. */
async function plantFault(): Promise<void> {
  const file = join(faultyHome, 'dist/connectors/engine/duckdb-engine.js')
  const built = await readFile(file, 'utf8')
  const planted = built.replace(`enable_external_file_cache: 'false'`, `enable_external_file_cache: 'true'`)
  expect(planted).not.toBe(built)
  await writeFile(file, planted)
}

/** Resolves to the private memory, in bytes, that the two processes of a service gained. */
async function soak(processes: Processes): Promise<number> {
  const service = processes.start(['start'], {
    TIDEMARK_DATA_DIR: processes.newDataFolder(),
    BATCH_CRON: '* * * * * *',
    STORE_WATCH_MS: '100',
    SPEED_INTERVAL_MS: '1',
    LOG_LEVEL: 'warn',
    // A small heap is collected often.
    NODE_OPTIONS: '--max-old-space-size=160',
  })
  const url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
  await service.untilSaid(/Ctrl-C ends it/)
  const count = warmUp + rounds * eventsPerRound
  const events = generateEvents({ count, seed: 1 })[Symbol.iterator]()
  for (let batch = 0; batch < warmUp; batch += 1) await microBatch(url, events, 1)
  const bytes: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await liveOneRound(url, events)
    bytes.push(partsOf(service).reduce((sum, pid) => sum + privateBytes(pid), 0))
  }
  await service.stop()
  return Math.min(...bytes.slice(-roundsCompared)) - Math.min(...bytes.slice(0, roundsCompared))
}

/** Resolves once a generation covers the events of the round. */
async function liveOneRound(url: string, events: Iterator<Uint8Array>): Promise<void> {
  const end = await microBatch(url, events, eventsPerRound)
  await waitUntil('a generation of all of it', async () => {
    const { datasets } = Status.parse(await (await fetch(`${url}/v1/status`)).json())
    return datasets.some(({ dataset, tidemark }) => dataset === 'rsvp' && tidemark['rsvp/0'] === end)
  })
}

/** Resolves to the log's end, once the SQL worker has folded up to it. */
async function microBatch(url: string, events: Iterator<Uint8Array>, eventCount: number): Promise<string> {
  const lines = Array.from({ length: eventCount }, () => Buffer.from(events.next().value ?? []))
  const { after } = await appendEvents(url, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
  await askSql(url, 'SELECT count(*) AS n FROM rsvp.rsvp', { after })
  return after['rsvp/0'] ?? ''
}

/** The service's process and its one SQL worker's. */
function partsOf({ pid }: TidemarkProcess): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
  const workers = children.filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('sql-worker-main'))
  expect(workers).toHaveLength(1)
  return [pid, ...workers]
}

/** Without pages of files: the log that was read is the operating system's to take back. */
function privateBytes(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}
