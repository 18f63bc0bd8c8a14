import { beforeEach, describe, expect, it } from 'vitest'
import { readTopic } from '../../../cli/commands/check/read-topic.ts'
import { MemoryLog } from '../../fakes/memory-log.ts'

let log: MemoryLog
beforeEach(async () => {
  log = new MemoryLog({ partitionCount: 2, sliceRecordsMax: 3 })
  await log.ensureTopic('orders')
})

/** So many records, which go to the partitions in turn. */
async function append(first: number, count: number): Promise<void> {
  for (let n = first; n < first + count; n += 1) await log.append('orders', [{ key: null, value: Buffer.from(`${n}`) }])
}

async function read(limits: { eventsMax: number; bytesMax?: number }, signal = new AbortController().signal) {
  const bounds = await log.bounds('orders')
  const sample = await readTopic(log, { topic: 'orders', bounds, signal }, { bytesMax: 1000, ...limits })
  return { ...sample, events: sample.events.map((event) => Buffer.from(event).toString()) }
}

describe('a sample of a topic', () => {
  it('is all that there is where that is little, each partition in its order, and nothing of an empty topic', async () => {
    expect(await read({ eventsMax: 10 })).toEqual({ events: [], withoutValue: 0, isCut: false })
    await append(0, 9)
    const { events, isCut } = await read({ eventsMax: 10 })
    expect(events.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8'])
    expect(isCut).toBe(false)
    expect((await read({ eventsMax: 10 })).events).toEqual(events)
  })

  it('is the newest, as many of one partition as of another where each has enough', async () => {
    await append(0, 40)
    const bounds = await log.bounds('orders')
    const { events, isCut } = await read({ eventsMax: 6 })
    expect(events.map(Number).toSorted((a, b) => a - b)).toEqual([34, 35, 36, 37, 38, 39])
    expect(isCut).toBe(true)
    expect(await log.bounds('orders')).toEqual(bounds)
  })

  it('takes more of the others where a partition has few, over gaps, and what is left of what was deleted', async () => {
    await append(0, 40)
    log.lose('orders', 0, 19n)
    log.insertGap('orders', 1, 2n)
    const { events } = await read({ eventsMax: 8 })
    expect(events.length).toBe(6)
    log.lose('orders', 1, 22n)
    expect((await read({ eventsMax: 8 })).events.length).toBe(1)
  })

  it('ends where it has enough bytes, and when it is told to', async () => {
    await append(10, 20)
    const { events, isCut } = await read({ eventsMax: 10, bytesMax: 7 })
    expect([events.length, isCut]).toEqual([3, true])
    await expect(read({ eventsMax: 10 }, AbortSignal.abort(new Error('told to')))).rejects.toThrow('told to')
  })
})
