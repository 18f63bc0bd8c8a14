import { expect, it } from 'vitest'
import {
  collectAll,
  expectContiguous,
  recordsByPlace,
  settled,
  stringOf,
  text,
  texts,
  textsOf,
} from '../support/follow-log.ts'
import type { LogSetUp } from './log-contract.ts'

export function describeFollowing(setUp: LogSetUp): void {
  it('delivers contiguous slices that hold every record once, whatever was appended together', async () => {
    const { log, topic } = await setUp()
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 60],
      [60, 300],
    ] as const)
      await log.append(topic, texts(from, to))
    const slices = await collectAll(log, topic)
    expectContiguous(slices, new Map())
    expect(textsOf(slices).toSorted()).toEqual(
      texts(0, 300)
        .map(({ value }) => stringOf(value))
        .toSorted(),
    )
  })

  it('resumes from any position with exactly what follows it', async () => {
    const { log, topic } = await setUp()
    const ranges = await log.append(topic, texts(0, 12))
    const all = recordsByPlace(await collectAll(log, topic))
    const [partition, { nextOffset }] = [...ranges][0] ?? [0, { nextOffset: 0n }]
    for (let offset = 0n; offset < nextOffset; offset += 1n) {
      const from = new Map([...ranges].map(([p, range]) => [p, range.nextOffset])).set(partition, offset)
      const slices = await collectAll(log, topic, from)
      expectContiguous(slices, from)
      const expected = all.filter(
        ([place]) => Number(place.split('/')[0]) === partition && BigInt(place.split('/')[1] ?? 0) >= offset,
      )
      expect(recordsByPlace(slices)).toEqual(expected)
    }
  })

  it('delivers what is appended while it follows, by itself and by another', async () => {
    const { under, log, topic } = await setUp()
    const again = await under.openAgain()
    const [own, other] = [settled(), settled()]
    const seen: string[] = []
    const follower = log.follow(topic, new Map(), async (slice) => {
      seen.push(...textsOf([slice]))
      if (seen.length === 1) own.resolve()
      if (seen.length === 2) other.resolve()
    })
    await log.append(topic, [text('own')])
    await own.promise
    await again.append(topic, [text('other')])
    await other.promise
    await follower.close()
    await follower.ended
    expect(seen).toEqual(['own', 'other'])
  })

  it('delivers nothing that is not there for everyone', async () => {
    const { log, topic, under } = await setUp()
    const again = await under.openAgain()
    const unseen: string[] = []
    const done = settled()
    let deliveredCount = 0
    const follower = log.follow(topic, new Map(), async ({ partition, nextOffset, records }) => {
      const end = (await again.bounds(topic)).get(partition)?.nextOffset ?? 0n
      if (end < nextOffset) unseen.push(`${partition}: ${end} < ${nextOffset}`)
      deliveredCount += records.length
      if (deliveredCount === 30) done.resolve()
    })
    for (let i = 0; i < 10; i += 1) await log.append(topic, texts(i * 3, i * 3 + 3))
    await done.promise
    await follower.close()
    expect(unseen).toEqual([])
  })

  it('waits for onSlice before it delivers the next slice', async () => {
    const { log, topic } = await setUp()
    let running = 0
    let most = 0
    let deliveredCount = 0
    const done = settled()
    const follower = log.follow(topic, new Map(), async ({ records }) => {
      running += 1
      most = Math.max(most, running)
      await log.bounds(topic)
      running -= 1
      deliveredCount += records.length
      if (deliveredCount === 50) done.resolve()
    })
    for (let i = 0; i < 10; i += 1) await log.append(topic, texts(i * 5, i * 5 + 5))
    await done.promise
    await follower.close()
    expect(most).toBe(1)
  })

  it('closes once the last onSlice has returned, and delivers nothing after', async () => {
    const { log, topic } = await setUp()
    await log.append(topic, texts(0, 10))
    const [entered, release] = [settled(), settled()]
    const order: string[] = []
    const follower = log.follow(topic, new Map(), async () => {
      order.push('delivered')
      entered.resolve()
      await release.promise
      order.push('returned')
    })
    await entered.promise
    const closing = Promise.all([follower.close(), follower.close()]).then(() => order.push('closed'))
    await log.append(topic, texts(10, 20))
    release.resolve()
    await closing
    await follower.ended
    expect(order).toEqual(['delivered', 'returned', 'closed'])
  })

  it('ends a follower with the error that its onSlice threw', async () => {
    const { log, topic } = await setUp()
    await log.append(topic, [text('a')])
    const thrown = new Error('thrown by onSlice')
    const follower = log.follow(topic, new Map(), () => Promise.reject(thrown))
    await expect(follower.ended).rejects.toBe(thrown)
    await follower.close()
  })

  it('ends a follower that asks for more than the log ever held', async () => {
    const { log, topic } = await setUp()
    await log.append(topic, [text('a')])
    const follower = log.follow(topic, new Map([[0, 1000n]]), async () => {})
    await expect(follower.ended).rejects.toMatchObject({ code: 'LOG_RECREATED' })
  })

  it('ends its followers when it is closed, and takes nothing after', async () => {
    const { topic, under } = await setUp()
    const again = await under.openAgain()
    const follower = again.follow(topic, new Map(), async () => {})
    await Promise.all([again.close(), again.close()])
    await follower.ended
    await expect(again.append(topic, [text('a')])).rejects.toMatchObject({ code: 'CLOSED' })
  })
}
