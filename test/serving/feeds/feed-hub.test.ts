import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AppError } from '../../../schemas/errors.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { FeedHub } from '../../../serving/feeds/feed-hub.ts'
import type { FeedLimits } from '../../../serving/feeds/feed-hub.ts'
import type { FeedNews } from '../../../serving/feeds/feed-news.ts'
import { feedRequest } from '../../../serving/feeds/feed-request.ts'
import type { FeedRequest } from '../../../serving/feeds/feed-request.ts'
import type { Answer } from '../../../serving/replica/reader.ts'
import { FakeReader, asOf, rsvpAsOf, rsvpStatus } from '../../fakes/fake-reader.ts'
import { ManualTime, settled } from '../../fakes/manual-time.ts'
import { feedLimits } from '../../support/serve-fakes.ts'

/** One feed of one answer, so that a computation is a read. */
function layers(view: 'merged' | 'batch' | 'speed' = 'merged') {
  return feedRequest(rsvp, { feed: 'layers', view, values: new Map() })
}

function setUp(limits: Partial<FeedLimits> = {}) {
  const [reader, time] = [new FakeReader(), new ManualTime()]
  const logger = pino({ level: 'silent' })
  const hub = new FeedHub({ reader, logger, now: time.now, every: time.every, limits: { ...feedLimits, ...limits } })
  onTestFinished(() => hub.close())
  let events = 1541
  let value = 0
  const show = () => {
    const speed = { 'rsvp/0': String(events) }
    const answer: Answer = {
      columns: [{ name: 'n', type: 'BIGINT' }],
      rows: [[value]],
      isTruncated: false,
      asOf: { ...asOf, datasets: { rsvp: { ...rsvpAsOf, speed } } },
      elapsedMs: 1,
    }
    reader.answer = () => answer
    reader.datasets = [{ ...rsvpStatus, speed }]
  }
  show()
  return {
    reader,
    time,
    hub,
    /** An event arrives; it changes the answer where `value` is another than before. */
    arrive: (changed: number) => {
      events += 1
      value = changed
      show()
      hub.stateChanged()
    },
    follow: (intervalMs = 1000, { request = layers(), tag = null }: Following = {}) => {
      const heard: FeedNews[] = []
      const taking = { isOpen: true }
      const take = (news: FeedNews) => {
        if (taking.isOpen) heard.push(news)
        return taking.isOpen
      }
      const subscription = hub.subscribe(request, { intervalMs, take }, tag)
      return { heard, taking, ...subscription, values: () => heard.map(valueOf) }
    },
  }
}

type Following = { readonly request?: FeedRequest; readonly tag?: string | null }

function valueOf(news: FeedNews): unknown {
  return news.kind === 'state' ? JSON.parse(news.json).answers.layers.rows[0].n : news.problem.code
}

describe('a feed', () => {
  it('costs nothing while nothing changes: not even a timer runs', async () => {
    const { reader, follow, arrive, time } = setUp()
    const { values } = follow()
    await time.pass(5000)
    expect([values(), reader.requests.length, time.timerCount]).toEqual([[0], 1, 0])
    arrive(1)
    expect(time.timerCount).toBe(1)
    await time.pass(5000)
    expect([values(), reader.requests.length, time.timerCount]).toEqual([[0, 1], 2, 0])
  })

  it('is computed once for all who follow it, and told to each at once', async () => {
    const { reader, follow, arrive, time } = setUp()
    const all = Array.from({ length: 50 }, () => follow())
    await settled()
    expect(reader.requests).toHaveLength(1)
    expect(all.map(({ values }) => values())).toEqual(all.map(() => [0]))
    const late = follow()
    expect(late.values()).toEqual([0])
    arrive(1)
    await time.pass(1000)
    expect(reader.requests).toHaveLength(2)
    expect([...all, late].every(({ values }) => values().join() === '0,1')).toBe(true)
  })

  it('is not computed while nothing changes, nor while nobody listens', async () => {
    const { reader, follow, arrive, time } = setUp()
    const only = follow()
    await time.pass(60_000)
    expect(reader.requests).toHaveLength(1)
    only.close()
    arrive(1)
    await time.pass(60_000)
    expect([reader.requests.length, time.timerCount]).toEqual([1, 0])
    expect(only.values()).toEqual([0])
  })

  it('is told when its answers change, not when events change nothing of them', async () => {
    const { reader, follow, arrive, time } = setUp()
    const { values } = follow()
    await time.pass(1000)
    arrive(0)
    await time.pass(5000)
    expect([reader.requests.length, values()]).toEqual([2, [0]])
    arrive(7)
    await time.pass(1000)
    expect(values()).toEqual([0, 7])
  })

  it('is told to each at most once in his interval, always what is newest', async () => {
    const { reader, follow, arrive, time } = setUp()
    const [fast, slow] = [follow(1000), follow(5000)]
    await settled()
    for (let second = 1; second <= 10; second += 1) {
      arrive(second)
      await time.pass(1000)
    }
    expect(fast.values()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(slow.values()).toEqual([0, 5, 10])
    expect(reader.requests).toHaveLength(11)
  })

  it('tells an event that comes after a quiet time without waiting for an interval to end', async () => {
    const { follow, arrive, time } = setUp()
    const { values } = follow(10_000)
    await time.pass(60_000)
    arrive(1)
    await time.pass(200)
    expect(values()).toEqual([0, 1])
  })

  it('gives one who comes the state of now, where what is known is older than he wants', async () => {
    const { follow, arrive, time } = setUp()
    follow(3_600_000)
    await time.pass(1000)
    arrive(1)
    await time.pass(600_000)
    const [one, other] = [follow(1000), follow(1000)]
    expect([one.values(), other.values()]).toEqual([[], []])
    await settled()
    expect([one.values(), other.values()]).toEqual([[1], [1]])
  })

  it('tells nothing to one who has the current state, and the current one to one who has another', async () => {
    const { follow, arrive, time } = setUp()
    const first = follow()
    await settled()
    const tag = first.heard[0]?.tag ?? ''
    const [same, other] = [follow(1000, { tag }), follow(1000, { tag: 'of-another-day' })]
    await time.pass(5000)
    expect([same.values(), other.values()]).toEqual([[], [0]])
    arrive(1)
    await time.pass(1000)
    expect(same.values()).toEqual([1])
  })

  it('keeps nothing for one who does not take it, and offers what is newest when he does', async () => {
    const { follow, arrive, time } = setUp()
    const slow = follow()
    await settled()
    slow.taking.isOpen = false
    for (const value of [1, 2, 3]) {
      arrive(value)
      await time.pass(1000)
    }
    slow.taking.isOpen = true
    await time.pass(100)
    expect(slow.values()).toEqual([0, 3])
  })

  it('is computed apart for other parameters and another view', async () => {
    const { reader, follow } = setUp()
    follow()
    follow(1000, { request: layers('batch') })
    await settled()
    expect(reader.requests.map(({ view }) => view)).toEqual(['merged', 'batch'])
  })

  it('has one key for parameters that mean the same', () => {
    const [feed, view] = ['now', 'merged'] as const
    const keyOf = (entries: [string, string][]) => feedRequest(rsvp, { feed, view, values: new Map(entries) }).key
    expect(keyOf([['country', 'in']])).toBe(keyOf([['country', 'in']]))
    expect(new Set([keyOf([]), keyOf([['country', 'in']]), keyOf([['country', 'us']])]).size).toBe(3)
  })
})

describe('a feed that fails', () => {
  it('says so once, is tried again ever more seldom, and recovers', async () => {
    const { reader, follow, time } = setUp()
    const { answer } = reader
    reader.answer = () => Promise.reject(new AppError('QUERY_TIMEOUT', 'too slow'))
    const { values } = follow()
    await time.pass(8000)
    expect([values(), reader.requests.length]).toEqual([['QUERY_TIMEOUT'], 4])
    reader.answer = answer
    await time.pass(8000)
    expect(values()).toEqual(['QUERY_TIMEOUT', 0])
  })

  it('tells the state again that was known before the problem', async () => {
    const { reader, follow, arrive, time } = setUp()
    const { values } = follow()
    await settled()
    arrive(0)
    reader.failNextRead(new AppError('QUERY_TIMEOUT', 'too slow'))
    await time.pass(3000)
    expect(values()).toEqual([0, 'QUERY_TIMEOUT', 0])
  })

  it('is tried at once when the service has become ready', async () => {
    const { reader, follow, time } = setUp()
    const [ready, { answer }] = [reader.datasets, reader]
    reader.datasets = [{ ...rsvpStatus, isReady: false, waitingFor: 'the log' }]
    reader.answer = () => Promise.reject(new AppError('NOT_READY', 'the log'))
    const { values } = follow()
    await time.pass(60_000)
    const tries = reader.requests.length
    expect(tries).toBeLessThan(10)
    Object.assign(reader, { datasets: ready, answer })
    await time.pass(200)
    expect([values(), reader.requests.length]).toEqual([['NOT_READY', 0], tries + 1])
  })
})

describe('the limits', () => {
  it('refuse one subscriber and one variant too many, and take them when there is room', async () => {
    const { hub, follow } = setUp({ subscribersMax: 3, variantsMax: 2 })
    const one = follow()
    follow(1000, { request: layers('batch') })
    expect(() => hub.requireRoom(layers('speed'))).toThrow(/2 feeds with different parameters/)
    hub.requireRoom(layers())
    follow()
    expect(() => hub.requireRoom(layers())).toThrow(/3 subscribers/)
    one.close()
    hub.requireRoom(layers())
  })

  it('let two be computed at a time; one that nobody waits for any more gives its place up', async () => {
    const { reader, follow } = setUp()
    const release = reader.hold()
    follow()
    follow(1000, { request: layers('batch') })
    const gone = follow(1000, { request: layers('speed') })
    await settled()
    expect(reader.requests).toHaveLength(2)
    gone.close()
    release()
    await settled()
    expect(reader.requests).toHaveLength(2)
  })
})

describe('closing', () => {
  it('waits for what is being computed, stops the clock, and takes nobody any more', async () => {
    const { reader, hub, follow, time } = setUp()
    const release = reader.hold()
    follow()
    await settled()
    let isClosed = false
    const closed = hub.close().then(() => (isClosed = true))
    await settled()
    expect([isClosed, time.timerCount]).toEqual([false, 0])
    release()
    await closed
    expect(() => hub.requireRoom(layers())).toThrow('shutting down')
    expect(() => follow()).toThrow('shutting down')
  })
})
