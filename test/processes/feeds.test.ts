import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { rsvpRecords } from '../support/make-rsvp.ts'
import { FollowedFeed, Message } from '../serving/feeds/follow-feed.ts'
import { appendEvents } from '../support/ask.ts'
import { Processes } from '../support/tidemark-process.ts'
import type { TidemarkProcess } from '../support/tidemark-process.ts'
import { withinMs } from '../support/wait-until.ts'

/** No batch run: what the layers answer changes with the events alone. */
const env = { BATCH_CRON: '0 0 1 1 *' }

let processes: Processes
beforeEach(async () => {
  processes = await Processes.open()
})
afterEach(() => processes.close())

async function ready(service: TidemarkProcess): Promise<string> {
  const [, url = ''] = await service.untilSaid(/answers at (http:\S+)/)
  await service.untilSaid(/Ctrl-C ends it/)
  return url
}

async function untilYes(feed: FollowedFeed, yes: number): Promise<string | undefined> {
  for (;;) {
    const event = await withinMs(() => `the feed did not come to ${yes}`, feed.next())
    if (event === null) throw new Error('the feed has ended')
    const { answers } = Message.parse(JSON.parse(event.data))
    if (answers['layers']?.rows.find(({ count }) => count === 'yes')?.['merged'] === yes) return event.id
  }
}

it('a feed follows what is posted, ends when the service is told to end, and goes on with the next one', async () => {
  const data = { ...env, TIDEMARK_DATA_DIR: processes.newDataFolder() }
  const service = processes.start(['start'], data)
  const url = await ready(service)
  const feed = await FollowedFeed.open(`${url}/v1/rsvp/feeds/layers?interval=250ms`)
  await untilYes(feed, 0)
  await appendEvents(url, linesOf(1, 3))
  const id = await untilYes(feed, 3)
  expect((await service.stop()).code).toBe(130)
  expect(await feed.next()).toBeNull()

  const again = processes.start(['start'], data)
  const headers = { 'last-event-id': id ?? '' }
  const resumed = await FollowedFeed.open(`${await ready(again)}/v1/rsvp/feeds/layers?interval=250ms`, headers)
  await appendEvents(await ready(again), linesOf(4, 2))
  const next = Message.parse(JSON.parse((await resumed.next())?.data ?? ''))
  expect(next.answers['layers']?.rows[0]).toMatchObject({ count: 'yes', merged: 5 })
  expect((await again.stop()).code).toBe(130)
})

it('start publishes a feed to its topic, serve only when told to, and tail shows it', async () => {
  const data = { ...env, TIDEMARK_DATA_DIR: processes.newDataFolder() }
  const silent = processes.start(['serve'], data)
  await silent.untilSaid(/^ready$/m)
  const missing = await processes.run(['tail', 'rsvp.trending'], data)
  expect(missing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('there are rsvp') })
  await silent.stop()
  await ready(processes.start(['start'], data))
  const { code, stdout } = await processes.run(['tail', 'rsvp.trending', '--from', 'start', '--count', '1'], data)
  expect(code).toBe(0)
  const { id, as_of: asOf } = Published.parse(JSON.parse(stdout))
  expect([id.length, asOf.datasets['rsvp']]).toEqual([27, expect.objectContaining({ generation: 0 })])
})

it('tail follows a topic from its end on, and ends with 130 when it is interrupted', async () => {
  const data = { ...env, TIDEMARK_DATA_DIR: processes.newDataFolder() }
  const url = await ready(processes.start(['start'], data))
  await appendEvents(url, linesOf(1, 1))
  const [following, interrupted] = [
    processes.start(['tail', 'rsvp', '--count', '1', '--json'], data),
    processes.start(['tail', 'rsvp'], data),
  ]
  for (const tail of [following, interrupted]) await tail.untilSaid(/from rsvp\/0@1;/)
  expect(await interrupted.stop()).toMatchObject({ code: 130, stdout: '' })
  await appendEvents(url, linesOf(2, 1))
  const { code, stdout } = await following.ended
  expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ partition: 0, offset: '1', key: null })])
})

const Published = Message.extend({ id: z.string() })

function linesOf(firstId: number, count: number): string {
  return rsvpRecords(firstId, count)
    .map(({ value }) => `${Buffer.from(value).toString()}\n`)
    .join('')
}
