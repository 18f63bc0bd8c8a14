import { describe, expect, it } from 'vitest'
import { PublishedFeed } from '../../../serving/feeds/published-feed.ts'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { FeedState } from '../../../serving/feeds/feed-news.ts'
import { settled } from '../../fakes/manual-time.ts'

function setUp() {
  const appended: unknown[] = []
  const told: unknown[] = []
  const next: { result: Promise<unknown> } = { result: Promise.resolve() }
  let forgotten = 0
  const feed = new PublishedFeed({
    key: 'trending',
    intervalMs: 2000,
    onAppend: (error) => told.push(error),
    append: async ({ key, value }) => {
      appended.push([Buffer.from(key ?? []).toString(), JSON.parse(Buffer.from(value).toString())])
      await next.result
    },
  }).start(() => ({ forget: () => (forgotten += 1), close: () => undefined }))
  return { feed, appended, told, next, forgotten: () => forgotten }
}

function state(n: number): FeedState {
  return {
    kind: 'state',
    failed: new Map(),
    tag: `tag${n}`,
    json: `{"feed":"trending","n":${n}}`,
    frame: Buffer.from(''),
    ofMs: 0,
  }
}

describe('a published feed', () => {
  it('appends what it is told under one key, with an id that is the same for the same answers', async () => {
    const { feed, appended, told } = setUp()
    expect(feed.take(state(1))).toBe(true)
    await settled()
    expect(appended).toEqual([['trending', { id: 'tag1', feed: 'trending', n: 1 }]])
    expect(told).toEqual([null])
  })

  it('takes nothing while it appends, so that an older state never follows a newer one', async () => {
    const { feed, appended, next } = setUp()
    const slow = new Deferred()
    next.result = slow.promise
    expect([feed.take(state(1)), feed.take(state(2))]).toEqual([true, false])
    slow.resolve()
    await feed.close()
    expect(feed.take(state(3))).toBe(true)
    expect(appended).toHaveLength(2)
  })

  it('is offered again what could not be appended, and says so', async () => {
    const { feed, told, next, forgotten } = setUp()
    const error = new AppError('LOG_UNREACHABLE', 'a planned failure')
    next.result = Promise.reject(error)
    feed.take(state(1))
    await settled()
    expect([told, forgotten()]).toEqual([[error], 1])
  })

  it('publishes no problem', async () => {
    const { feed, appended } = setUp()
    const problem = { status: 503, title: '', code: 'NOT_READY', detail: '' }
    expect(feed.take({ kind: 'problem', tag: 'problem NOT_READY', problem, ofMs: 0 })).toBe(true)
    await settled()
    expect(appended).toEqual([])
  })
})
