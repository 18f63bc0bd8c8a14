import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../schemas/errors.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { loadApiKeys } from '../../../serving/http/api-keys.ts'
import type { ServerDeps } from '../../../serving/server.ts'
import type { JsonValue } from '../../../serving/replica/reader.ts'
import { asOf, rsvpAsOf, rsvpStatus } from '../../fakes/fake-reader.ts'
import { ManualTime } from '../../fakes/manual-time.ts'
import { FollowedFeed } from './follow-feed.ts'
import { setUp } from '../../support/serve-fakes.ts'

const layers = '/v1/rsvp/feeds/layers'
/** Fills the buffers of a connection. Nobody reads it: on a busy machine, that takes a minute. */
const large = 'x'.repeat(6_000_000)

async function listening(given: Partial<ServerDeps> = {}) {
  const heart = new ManualTime()
  const set = await setUp({ every: heart.every, ...given })
  const connections: Socket[] = []
  set.app.server.on('connection', (socket: Socket) => connections.push(socket))
  const url = await set.app.listen({ host: '127.0.0.1', port: 0 })
  let events = 1541
  return {
    ...set,
    url,
    heart,
    /** Sends a request for a feed and reads nothing of the answer. */
    followWithoutReading: async (): Promise<{ readonly connection: Socket | undefined; readonly client: Socket }> => {
      const client = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
      client.pause()
      client.write(`GET ${layers}?interval=250ms HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
      await set.reader.asked(1)
      return { client, connection: connections[0] }
    },
    /** An event arrives, and this is what every answer says then. Resolves once a follower's answer has been asked for. */
    arrive: async (value: JsonValue): Promise<void> => {
      events += 1
      const speed = { 'rsvp/0': String(events) }
      const columns = [{ name: 'n', type: 'BIGINT' }]
      const datasets = { rsvp: { ...rsvpAsOf, speed } }
      set.reader.answer = () => ({
        columns,
        rows: [[value]],
        isTruncated: false,
        asOf: { ...asOf, datasets },
        elapsedMs: 1,
      })
      const asked = set.reader.requests.length
      set.reader.datasets = [{ ...rsvpStatus, speed }]
      await set.reader.asked(asked + 1)
    },
  }
}

describe('a feed over HTTP', () => {
  it('sends the state at once, and again when it has changed', async () => {
    const { url, arrive } = await listening()
    const feed = await FollowedFeed.open(`${url}${layers}?interval=250ms`)
    const first = await feed.next()
    expect(feed.response.status).toBe(200)
    expect(Object.fromEntries(feed.response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'request-id': expect.any(String),
    })
    expect(first).toMatchObject({ event: 'layers', id: expect.stringMatching(/^[\w-]{27}$/) })
    expect(JSON.parse(first?.data ?? '')).toEqual({
      feed: 'layers',
      as_of: asOf,
      answers: { layers: { columns: [{ name: 'one', type: 'INTEGER' }], rows: [{ one: 1 }], truncated: false } },
    })
    expect(feed.retryMs).toBe(2000)
    await arrive('a line\r\nand another\u2028\n\nid: 7')
    expect((await feed.nextMessage()).answers['layers']?.rows).toEqual([{ n: 'a line\r\nand another\u2028\n\nid: 7' }])
    feed.leave()
  })

  it('goes on where a client stopped: nothing where it has the state of now, else that state', async () => {
    const { url, arrive, heart, reader } = await listening()
    const before = await FollowedFeed.open(`${url}${layers}`)
    const { id = '' } = (await before.next()) ?? {}
    before.leave()
    const again = await FollowedFeed.open(`${url}${layers}?interval=250ms`, { 'last-event-id': id })
    await reader.asked(2)
    await heart.pass(15_000)
    await arrive(2)
    expect((await again.nextMessage()).answers['layers']?.rows).toEqual([{ n: 2 }])
    expect(again.comments).toEqual(['heartbeat'])
    again.leave()
    const slept = await FollowedFeed.open(`${url}${layers}`, { 'last-event-id': id })
    expect((await slept.nextMessage()).answers['layers']?.rows).toEqual([{ n: 2 }])
    slept.leave()
  })

  it('sends a heartbeat every 15 seconds while there is nothing to say', async () => {
    const { url, heart, arrive } = await listening()
    const feed = await FollowedFeed.open(`${url}${layers}?interval=250ms`)
    await feed.next()
    await heart.pass(14_000)
    await heart.pass(31_000)
    await arrive(2)
    await feed.next()
    expect(feed.comments).toEqual(['heartbeat', 'heartbeat', 'heartbeat'])
    feed.leave()
  })

  it('sends a problem as an event, and the state when there is one again', async () => {
    const { url, reader } = await listening()
    reader.failNextRead(new AppError('NOT_READY', 'the log'))
    const feed = await FollowedFeed.open(`${url}${layers}`)
    const problem = await feed.next()
    expect(problem).toMatchObject({ event: 'problem', id: undefined })
    expect(JSON.parse(problem?.data ?? '')).toMatchObject({
      type: 'urn:tidemark:problem:not-ready',
      status: 503,
      code: 'NOT_READY',
      detail: 'the log',
      request_id: feed.response.headers.get('request-id'),
    })
    expect((await feed.nextMessage()).feed).toBe('layers')
    feed.leave()
  })

  it('sends the answers there are beside what made another one fail', async () => {
    const { url, reader } = await listening()
    reader.failNextRead(new Error('a secret of the inside'))
    const feed = await FollowedFeed.open(`${url}/v1/rsvp/feeds/now`)
    const { answers, errors } = JSON.parse((await feed.next())?.data ?? '')
    const detail = 'It went wrong on the server, whose log tells what.'
    expect(errors).toEqual({ cities: { code: 'INTERNAL', title: 'Internal error', detail } })
    expect(Object.keys(answers)).toEqual(['rate', 'newest'])
    feed.leave()
  })

  it('says nothing of what went wrong inside', async () => {
    const { url, reader, logged } = await listening()
    reader.failNextRead(new Error('a secret of the inside'))
    const feed = await FollowedFeed.open(`${url}${layers}`)
    expect((await feed.next())?.data).not.toContain('secret')
    expect(logged.join()).toContain('secret')
    feed.leave()
  })

  it('stops computing when the last one has gone', async () => {
    const { url, heart } = await listening()
    const feed = await FollowedFeed.open(`${url}${layers}`)
    await feed.next()
    expect(heart.timerCount).toBe(1)
    feed.leave()
    await vi.waitUntil(() => heart.timerCount === 0)
  })

  it('answers HEAD with its headers alone', async () => {
    const { app, reader } = await setUp()
    const { statusCode, headers, body } = await app.inject({ method: 'HEAD', url: layers })
    expect([statusCode, headers['content-type'], body]).toEqual([200, 'text/event-stream; charset=utf-8', ''])
    expect(reader.requests).toEqual([])
  })
})

describe('a slow client', () => {
  it('costs one message of memory, is dropped when it stays away, and keeps nobody waiting', async () => {
    const { url, arrive, heart, followWithoutReading } = await listening()
    const { connection, client } = await followWithoutReading()
    await arrive(`0${large}`)
    await vi.waitUntil(() => (connection?.writableLength ?? 0) > 0)
    for (const value of [`1${large}`, `2${large}`, 'small']) await arrive(value)
    const other = await FollowedFeed.open(`${url}${layers}?interval=250ms`)
    expect((await other.nextMessage()).answers['layers']?.rows).toEqual([{ n: 'small' }])
    expect(connection?.writableLength).toBeGreaterThan(0)
    expect(connection?.writableLength).toBeLessThan(6_100_000)
    await heart.pass(15_000)
    expect(connection?.destroyed).toBe(false)
    await heart.pass(15_000)
    expect(connection?.destroyed).toBe(true)
    await arrive('still here')
    expect((await other.nextMessage()).answers['layers']?.rows).toEqual([{ n: 'still here' }])
    other.leave()
    client.destroy()
  })
})

describe('a feed that is asked for wrongly', () => {
  it('names the feeds there are', async () => {
    const { app } = await setUp()
    const response = await app.inject({ url: '/v1/rsvp/feeds/then' })
    expect([response.statusCode, response.headers['content-type']]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ])
    expect(response.json()).toMatchObject({ code: 'NOT_FOUND', feeds: expect.arrayContaining(['now', 'layers']) })
  })

  it('refuses parameters and intervals that it does not take, and says which it does', async () => {
    const { app, reader } = await setUp()
    const { parameters = [] } = rsvp.feeds['now'] ?? {}
    const faults = {
      'contry=in': `There is no parameter contry. The parameters are ${[...parameters, 'view', 'interval'].join(', ')}.`,
      'country=in&country=us': 'country: given more than once.',
      'view=fast': 'view: there is no fast. The views are merged, batch, speed.',
      'interval=fast': 'interval: expected a duration from 250 ms to 3600000 ms',
      'interval=249ms': 'interval: expected a duration from 250 ms to 3600000 ms',
      'interval=2h': 'interval: expected a duration from 250 ms to 3600000 ms',
    }
    for (const [given, detail] of Object.entries(faults)) {
      const response = await app.inject({ url: `/v1/rsvp/feeds/now?${given}` })
      expect([given, response.statusCode, response.json().detail]).toEqual([
        given,
        400,
        expect.stringContaining(detail),
      ])
    }
    expect(reader.requests).toEqual([])
  })

  it('answers 429 where as many feeds are followed as may be', async () => {
    const { url } = await listening()
    const views = ['now?country=in', 'now?country=us', 'now?country=gb', 'layers']
    const followed = await Promise.all(views.map((feed) => FollowedFeed.open(`${url}/v1/rsvp/feeds/${feed}`)))
    const refused = await fetch(`${url}/v1/rsvp/feeds/now`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await refused.json()).toMatchObject({ code: 'BUSY', detail: expect.stringContaining('4 feeds') })
    for (const feed of followed) feed.leave()
  })

  it('asks for a key where keys are needed', async () => {
    const { url } = await listening({ apiKeys: loadApiKeys('someone 0123456789abcdef') })
    expect((await fetch(`${url}${layers}`)).status).toBe(401)
    const feed = await FollowedFeed.open(`${url}${layers}`, { authorization: 'Bearer 0123456789abcdef' })
    expect((await feed.next())?.event).toBe('layers')
    feed.leave()
  })
})

describe('a server that closes', () => {
  it('waits for no connection on which nothing was asked', async () => {
    const { app, url } = await listening()
    const client = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
    const ended = once(client, 'close')
    await once(app.server, 'connection')
    await app.close()
    await ended
  })

  it('ends every stream at once, one that is not read as well', async () => {
    const { app, url, arrive, followWithoutReading } = await listening()
    const { connection, client } = await followWithoutReading()
    await arrive(`0${large}`)
    await vi.waitUntil(() => (connection?.writableLength ?? 0) > 0)
    await arrive('small')
    const feed = await FollowedFeed.open(`${url}${layers}?interval=250ms`)
    await feed.next()
    expect(connection?.writableLength).toBeGreaterThan(0)
    await app.close()
    expect(await feed.next()).toBeNull()
    client.destroy()
  })
})

describe('what can be asked', () => {
  it('lists every feed with its parameters, and what the dashboard shows of them', async () => {
    const { app } = await setUp()
    const [dataset] = (await app.inject({ url: '/v1/datasets' })).json().datasets
    expect(dataset.feeds.map(({ name }: { name: string }) => name)).toEqual(Object.keys(rsvp.feeds))
    expect(dataset.feeds).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...rsvp.feeds['now'], name: 'now', url: '/v1/rsvp/feeds/now', publish: null }),
        expect.objectContaining({ name: 'trending', publish: { topic: 'rsvp.trending', every_ms: 2000 } }),
      ]),
    )
    const { counts, filters, panels } = rsvp
    expect(dataset).toMatchObject(JSON.parse(JSON.stringify({ counts, filters, panels })))
  })

  it('describes every feed, and only parameters that are taken', async () => {
    const { app } = await setUp()
    const { paths } = (await app.inject({ url: '/openapi.json' })).json()
    const values: Readonly<Record<string, string>> = { interval: '2s', view: 'batch', window: 'PT1H' }
    for (const feed of Object.keys(rsvp.feeds)) {
      const url = `/v1/rsvp/feeds/${feed}`
      const { parameters, responses } = paths[url].get
      expect(Object.keys(responses['200'].content)).toEqual(['text/event-stream'])
      expect(parameters.length).toBeGreaterThan(1)
      for (const { name } of parameters) {
        const given = `${url}?${name}=${encodeURIComponent(values[name] ?? 'gb')}`
        const { statusCode } = await app.inject({ method: 'HEAD', url: given })
        expect([given, statusCode]).toEqual([given, 200])
      }
    }
  })
})
