import { expect, it } from 'vitest'
import { at, collectAll, expectContiguous, text, texts, textsOf } from '../support/follow-log.ts'
import type { LogSetUp } from './log-contract.ts'

export function describeCommitting(setUp: LogSetUp): void {
  it('commits the position of a source with its records', async () => {
    const { log, topic, under } = await setUp()
    expect(await log.sourcePosition(topic, 'file:a')).toBeNull()
    await log.append(topic, texts(0, 5), at('5', null))
    expect(await log.sourcePosition(topic, 'file:a')).toBe('5')
    await log.append(topic, [], at('7', '5'))
    const again = await under.openAgain()
    expect(await again.sourcePosition(topic, 'file:a')).toBe('7')
    expect(await again.sourcePosition(topic, 'file:b')).toBeNull()
    const slices = await collectAll(log, topic)
    expectContiguous(slices, new Map())
    expect(textsOf(slices).toSorted()).toEqual(['0', '1', '2', '3', '4'])
  })

  it('refuses a source that has been moved on by another, and appends nothing', async () => {
    const { log, topic, under } = await setUp()
    const again = await under.openAgain()
    await log.append(topic, [text('a')], at('1', null))
    await again.append(topic, [text('b')], at('2', '1'))
    await expect(log.append(topic, [text('b')], at('2', '1'))).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect(textsOf(await collectAll(log, topic)).toSorted()).toEqual(['a', 'b'])
  })

  it('lets one of two that race for a position win, every time', async () => {
    const { under, log, topic } = await setUp()
    const again = await under.openAgain()
    const expected: string[] = []
    for (let round = 1; round <= 5; round += 1) {
      const source = at(String(round), round === 1 ? null : String(round - 1))
      const [first, second] = await Promise.allSettled([
        log.append(topic, [text(`${round} one`)], source),
        again.append(topic, [text(`${round} two`)], source),
      ])
      expect([first.status, second.status].toSorted()).toEqual(['fulfilled', 'rejected'])
      expected.push(first.status === 'fulfilled' ? `${round} one` : `${round} two`)
      expect(await log.sourcePosition(topic, 'file:a')).toBe(String(round))
    }
    expect(textsOf(await collectAll(log, topic)).toSorted()).toEqual(expected)
  })

  it('trims what is below a position and old enough, and never gives an offset twice; a log with a retention of its own trims nothing', async () => {
    const { log, topic, under } = await setUp()
    const ranges = await log.append(topic, texts(0, 40))
    const [partition, { nextOffset }] = [...ranges][0] ?? [0, { nextOffset: 0n }]
    const firstOf = async () => (await log.bounds(topic)).get(partition)?.firstOffset
    await log.trim(topic, new Map([[partition, 3n]]), 60_000)
    expect(await firstOf()).toBe(0n)
    await log.trim(topic, new Map([[partition, 3n]]), 0)
    expect(await firstOf()).toBe(under.isTrimmed ? 3n : 0n)
    if (!under.isTrimmed) return
    const lossy = (await collectAll(log, topic)).find((slice) => slice.partition === partition)
    expect([lossy?.firstOffset, lossy?.records[0]?.offset]).toEqual([3n, 3n])
    await log.trim(topic, new Map([[partition, nextOffset + 100n]]), 0)
    expect((await log.bounds(topic)).get(partition)).toEqual({ firstOffset: nextOffset, nextOffset })
    await log.append(topic, texts(40, 80))
    expect((await log.bounds(topic)).get(partition)?.nextOffset).toBeGreaterThan(nextOffset)
    const later = (await collectAll(log, topic)).find((slice) => slice.partition === partition)
    expect(later?.records[0]?.offset).toBe(nextOffset)
  })
}
