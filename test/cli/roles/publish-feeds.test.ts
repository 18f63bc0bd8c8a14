import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadConfig } from '../../../cli/parts/config.ts'
import { Parts } from '../../../cli/parts/parts.ts'
import { publishFeeds, publishedTopics } from '../../../cli/roles/publish-feeds.ts'
import type { EventLog } from '../../../schemas/ports/log.ts'
import { FeedHub } from '../../../serving/feeds/feed-hub.ts'
import { feedRequest } from '../../../serving/feeds/feed-request.ts'
import { FakeReader, asOf, rsvpAsOf, rsvpStatus } from '../../fakes/fake-reader.ts'
import { ManualTime } from '../../fakes/manual-time.ts'
import { feedLimits } from '../../support/serve-fakes.ts'

const topic = 'rsvp.trending'

let folder: string
let parts: Parts
let log: EventLog
let reader: FakeReader
let time: ManualTime
let feeds: FeedHub

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-publish-'))
  parts = await Parts.open(loadConfig({ TIDEMARK_DATA_DIR: folder, LOG_TRIM_AGE_MS: '1', LOG_LEVEL: 'silent' }), {})
  log = await parts.openLog()
  reader = new FakeReader()
  time = new ManualTime()
  const hub = { reader, limits: feedLimits, logger: pino({ level: 'silent' }), now: time.now, every: time.every }
  feeds = parts.closers.add('feeds', new FeedHub(hub))
})

afterEach(async () => {
  await parts.close()
  await rm(folder, { recursive: true })
})

/** An event arrives, and every answer says this. */
function arrive(events: number): void {
  const speed = { 'rsvp/0': String(events) }
  const answer = { columns: [{ name: 'n', type: 'BIGINT' }], rows: [[events]], isTruncated: false, elapsedMs: 1 }
  reader.answer = () => ({ ...answer, asOf: { ...asOf, datasets: { rsvp: { ...rsvpAsOf, speed } } } })
  reader.datasets = [{ ...rsvpStatus, speed }]
}

async function publish(): Promise<void> {
  const { datasets, config, untilReachable, waiting, logger } = parts
  const needs = { datasets, config, untilReachable, waiting, logger }
  parts.closers.add('published feeds', await publishFeeds({ ...needs, log, feeds, every: time.every }))
}

async function published(count: number): Promise<readonly unknown[]> {
  const values: unknown[] = []
  const follower = log.follow(topic, new Map(), async ({ records }) => {
    for (const { value } of records) values.push(JSON.parse(Buffer.from(value ?? []).toString()))
  })
  await vi.waitUntil(() => values.length >= count)
  await follower.close()
  return values
}

async function bounds() {
  return (await log.bounds(topic)).get(0)
}

describe('feeds that are published', () => {
  it('are produced once for each state that changed them, with what they stand on', async () => {
    arrive(1)
    await publish()
    await published(1)
    arrive(2)
    await time.pass(60_000)
    const values = await published(2)
    const messages = ['1', '2'].map((speed) => ({
      id: expect.any(String),
      feed: 'trending',
      as_of: { view: 'merged', datasets: { rsvp: { ...rsvpAsOf, speed: { 'rsvp/0': speed } } } },
      answers: expect.objectContaining({ cities: expect.objectContaining({ rows: [{ n: Number(speed) }] }) }),
    }))
    expect(values).toEqual(messages)
  })

  it('come no faster than declared', async () => {
    arrive(1)
    await publish()
    await published(1)
    for (let events = 2; events <= 21; events += 1) {
      arrive(events)
      await time.pass(100)
    }
    await published(2)
    expect(await bounds()).toEqual({ firstOffset: 0n, nextOffset: 2n })
  })

  it('are trimmed by age, since no tidemark ever passes them', async () => {
    arrive(1)
    await publish()
    await published(1)
    await vi.waitUntil(async () => {
      await time.pass(60_000)
      return (await bounds())?.firstOffset === 1n
    })
  })

  it('are computed together with what subscribers follow', async () => {
    arrive(1)
    await publish()
    await published(1)
    const [declared] = publishedTopics(parts.datasets)
    const computed = reader.requests.length
    const { dataset, feed } = declared ?? expect.fail('no feed is published')
    const heard: string[] = []
    const take = ({ kind }: { kind: string }) => heard.push(kind) > 0
    feeds.subscribe(feedRequest(dataset, { feed, view: 'merged', values: new Map() }), { intervalMs: 1000, take })
    expect([heard, reader.requests.length]).toEqual([['state'], computed])
  })
})
