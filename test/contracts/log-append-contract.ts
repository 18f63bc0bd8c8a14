import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import {
  collectAll,
  expectContiguous,
  keyed,
  offsets,
  plain,
  recordsByPlace,
  recordsOf,
  stringOf,
  text,
  texts,
  textsOf,
} from '../support/follow-log.ts'
import type { LogSetUp } from './log-contract.ts'

export function describeAppending(setUp: LogSetUp): void {
  it('refuses a topic that does not exist, by name', async () => {
    const { log } = await setUp()
    const missing = `missing-${randomUUID()}`
    const failed = { code: 'TOPIC_MISSING', message: expect.stringContaining(missing) }
    await expect(log.bounds(missing)).rejects.toMatchObject(failed)
    await expect(log.identity(missing)).rejects.toMatchObject(failed)
    await expect(log.settings(missing)).rejects.toMatchObject(failed)
    await expect(log.append(missing, [text('a')])).rejects.toMatchObject(failed)
    await expect(log.follow(missing, new Map(), async () => {}).ended).rejects.toMatchObject(failed)
  })

  it('stamps what is appended to a topic that it made, and says that it does', async () => {
    const { log, topic } = await setUp()
    await log.append(topic, [text('a')])
    expect(await log.settings(topic)).toMatchObject({ stampedBy: 'log' })
    expect(recordsOf(await collectAll(log, topic)).map(({ hasLogTime }) => hasLogTime)).toEqual([true])
  })

  it('names nothing as aging that was appended just now', async () => {
    const { log, topic } = await setUp()
    await log.append(topic, texts(0, 3))
    for (const offset of (await log.aging(topic)).values()) expect(offset).toBe(0n)
  })

  it('keeps an existing topic when it is ensured again', async () => {
    const { log, topic } = await setUp()
    await log.append(topic, [text('a')])
    const [identity, bounds] = [await log.identity(topic), await log.bounds(topic)]
    await log.ensureTopic(topic)
    expect(await log.identity(topic)).toBe(identity)
    expect(await log.bounds(topic)).toEqual(bounds)
  })

  it('gives each topic an identity of its own, the same for everyone who opens the log', async () => {
    const { log, topic, under } = await setUp()
    const other = `other-${randomUUID()}`
    await log.ensureTopic(other)
    expect(await log.identity(other)).not.toBe(await log.identity(topic))
    const again = await under.openAgain()
    expect(await again.identity(topic)).toBe(await log.identity(topic))
  })

  it('keeps a topic apart from those whose names begin as its own does', async () => {
    const { log, topic } = await setUp()
    const others = [`${topic}.trending`, `${topic}-1`, `${topic}.0`]
    for (const other of others) await log.ensureTopic(other)
    await log.append(topic, [text('own')])
    for (const other of others) await log.append(other, [text(other)])
    expect(textsOf(await collectAll(log, topic))).toEqual(['own'])
    for (const other of others) expect(textsOf(await collectAll(log, other))).toEqual([other])
  })

  it('knows the bounds of every partition, of an empty topic too', async () => {
    const { log, topic, partitionCount } = await setUp()
    const empty = Array.from({ length: partitionCount }, (_, partition) => [
      partition,
      { firstOffset: 0n, nextOffset: 0n },
    ])
    expect([...(await log.bounds(topic))]).toEqual(empty)
    const ranges = await log.append(topic, texts(0, 40))
    expect(await log.bounds(topic)).toEqual(new Map([...ranges].toSorted(([a], [b]) => a - b)))
  })

  it('hands on what was appended: bytes, keys, headers, order, and a receive time that never goes back', async () => {
    const { log, topic } = await setUp()
    const startedAt = BigInt(Date.now())
    const value = Uint8Array.from([0, 255, 13, 10, 128])
    const headers = [
      { key: 'trace', value: Uint8Array.from([1, 0, 2]) },
      { key: 'größe', value: new Uint8Array(0) },
      { key: '__proto__', value: Uint8Array.from([3]) },
      { key: 'constructor', value: Uint8Array.from([4]) },
    ]
    const key = Buffer.from('one key')
    await log.append(topic, [
      { key, headers, value },
      { key, value: new Uint8Array(0) },
    ])
    await log.append(topic, [{ key, value }])
    const [first, second, third] = recordsOf(await collectAll(log, topic))
    expect(plain(first)).toEqual({
      key: [...key],
      headers: headers.map((h) => [h.key, ...h.value]),
      value: [...value],
    })
    expect(plain(second)).toEqual({ key: [...key], headers: [], value: [] })
    expect(plain(third)).toEqual({ key: [...key], headers: [], value: [...value] })
    const times = [
      startedAt,
      first?.timestamp ?? 0n,
      second?.timestamp ?? 0n,
      third?.timestamp ?? 0n,
      BigInt(Date.now()),
    ]
    expect(times).toEqual(times.toSorted((a, b) => Number(a - b)))
  })

  it('spreads records without a key over all partitions', async () => {
    const { log, topic, partitionCount } = await setUp()
    await log.append(topic, texts(0, 20))
    for (let i = 20; i < 40; i += 1) await log.append(topic, texts(i, i + 1))
    const perPartition = [...(await log.bounds(topic)).values()].map(({ nextOffset }) => nextOffset)
    expect(perPartition).toHaveLength(partitionCount)
    expect(perPartition.filter((offset) => offset === 0n)).toEqual([])
  })

  it('sends a key to the same partition always, also after it is opened again', async () => {
    const { log, topic, under } = await setUp()
    const words = Array.from({ length: 30 }, (_, i) => keyed(`key ${i}`))
    await log.append(topic, words)
    const again = await under.openAgain()
    await again.append(topic, words)
    const places = new Map<string, Set<number>>()
    for (const { partition, records } of await collectAll(log, topic)) {
      for (const { value } of records) {
        const seen = places.get(stringOf(value)) ?? new Set()
        places.set(stringOf(value), seen.add(partition))
      }
    }
    expect([...places.values()].map((partitions) => partitions.size)).toEqual(words.map(() => 1))
  })

  it('refuses a record that is too long, and appends nothing of its call', async () => {
    const { log, topic } = await setUp()
    const long = { key: null, value: new Uint8Array(2_000_000) }
    await expect(log.append(topic, [text('a'), long])).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' })
    expect([...(await log.bounds(topic)).values()].every(({ nextOffset }) => nextOffset === 0n)).toBe(true)
  })

  it('appends many at once without mixing them up', async () => {
    const { log, topic } = await setUp()
    const calls = Array.from({ length: 20 }, (_, i) => log.append(topic, texts(i * 10, i * 10 + 10)))
    const ranges = await Promise.all(calls)
    const slices = await collectAll(log, topic)
    expectContiguous(slices, new Map())
    expect(recordsOf(slices)).toHaveLength(200)
    const byPlace = new Map(recordsByPlace(slices))
    ranges.forEach((range, i) => {
      const placed = [...range].flatMap(([p, { firstOffset, nextOffset }]) =>
        offsets(firstOffset, nextOffset).map((o) => byPlace.get(`${p}/${o}`)),
      )
      expect(placed).toEqual(expect.arrayContaining(texts(i * 10, i * 10 + 10).map(({ value }) => stringOf(value))))
    })
  })
}
