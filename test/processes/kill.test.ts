import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { randomInt } from '../../bench/events/random.ts'
import { seededRandom } from '../../schemas/sensor/random.ts'
import { openEmbeddedLog } from '../../connectors/embedded/log.ts'
import type { EventLog } from '../../schemas/ports/log.ts'
import { recordedLines } from '../oracle/recording.ts'
import { servedTables } from '../support/ask.ts'
import { readLog } from '../support/read-log.ts'
import { Processes, recording } from '../support/tidemark-process.ts'
import type { TidemarkProcess } from '../support/tidemark-process.ts'
import { waitUntil } from '../support/wait-until.ts'

/** All ten where there is time for it. */
const killCount = process.env['CI'] === 'true' ? 10 : 4
const seed = 20170319

/** Each life of the service is so short that it meets its end while it starts, archives, runs or hands over. */
const hurried = {
  BATCH_CRON: '* * * * * *',
  STORE_WATCH_MS: '50',
  ARCHIVE_CHUNK_BYTES_MAX: '20000',
  ARCHIVE_CHUNK_AGE_MS: '100',
}

let processes: Processes
let log: EventLog | undefined
beforeEach(async () => {
  processes = await Processes.open()
})
afterEach(async () => {
  await log?.close()
  log = undefined
  await processes.close()
})

it(`loses nothing and doubles nothing when the whole service is killed at ${killCount} moments of a replay`, async () => {
  const data = processes.newDataFolder()
  const env = { TIDEMARK_DATA_DIR: data, ...hurried }
  const lines = recordedLines()
  log = await openEmbeddedLog({ folder: join(data, 'log'), partitionCount: 1 })
  await log.ensureTopic('rsvp')
  const killed: string[] = []
  for (const { events, step } of moments(lines.length)) {
    const service = processes.start(['start', '--replay', recording, '--speedup', '90'], env)
    await waitUntil(`${events} events in the log`, async () => {
      requireRunning(service)
      return (await endOf(log)) >= events
    })
    const deadline = (await endOf(log)) + 150
    // Where the step does not come before so many more events have, any moment is as good.
    await waitUntil(
      step.name,
      async () => step.isUnderWay(data) || (await endOf(log)) >= Math.min(deadline, lines.length),
    )
    await service.kill9()
    killed.push(`${step.name} at ${await endOf(log)}`)
  }
  const service = processes.start(['start', '--replay', recording, '--speedup', 'max'], env)
  const url = (await service.untilSaid(/answers at (http:\S+)/))[1] ?? ''
  await service.untilSaid(/"msg":"replay/)
  await service.untilSaid(/Ctrl-C ends it/)
  const { records, recounted, after } = await readLog(log)
  expect(
    records.map(({ value }) => value && Buffer.from(value).toString('latin1')),
    killed.join(', '),
  ).toEqual(lines.map((line) => Buffer.from(line).toString('latin1')))
  expect(recounted.arrival).toHaveLength(1541)
  expect(await servedTables(url, { after })).toEqual(recounted)
  await service.stop()
  expect(await processes.run(['batch', 'run'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"tidemark":{"rsvp/0":"1542"}'),
  })
  expect(await processes.run(['verify', '--json'], env)).toMatchObject({ code: 0 })
  expect(namesIn(join(data, 'work'))).toEqual([])
  expect(namesIn(join(data, 'cache/native')).filter((name) => !name.endsWith('.duckdb'))).toEqual([])
}, 240_000)

type Step = { readonly name: string; isUnderWay(dataFolder: string): boolean }

const steps: readonly Step[] = [
  { name: 'an append', isUnderWay: () => true },
  { name: 'a raw chunk', isUnderWay: (data) => namesIn(join(data, 'store/~temporary')).length > 0 },
  {
    name: 'a batch run',
    isUnderWay: (data) => namesIn(join(data, 'store/rsvp')).length > namesIn(join(data, 'store/manifests/rsvp')).length,
  },
  {
    name: 'a hand-over',
    isUnderWay: (data) =>
      namesIn(join(data, 'work')).some((owner) =>
        namesIn(join(data, 'work', owner)).some((name) => name.endsWith('.part')),
      ),
  },
]

/** When to kill: once so many events are in the log and a step is under way. Ascending, and the same in every run. */
function moments(eventCount: number): readonly { readonly events: number; readonly step: Step }[] {
  const random = seededRandom(seed)
  const share = eventCount / killCount
  return Array.from({ length: killCount }, (_, n) => ({
    events: Math.floor(n * share) + randomInt(random, Math.floor(share / 2)),
    step: steps[n % steps.length] ?? { name: 'none', isUnderWay: () => true },
  }))
}

async function endOf(log: EventLog | undefined): Promise<number> {
  return Number((await log?.bounds('rsvp'))?.get(0)?.nextOffset ?? 0n)
}

function requireRunning(service: TidemarkProcess): void {
  if (service.said().includes('tidemark: ')) throw new Error(`it ended by itself:\n${service.said()}`)
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
