import { expect, it } from 'vitest'
import { readSlices } from '../../../connectors/kafka/read/batches.ts'
import type { Gaps } from '../../../connectors/kafka/read/whole-batches.ts'
import type { AbortedTransaction } from '../../../connectors/kafka/calls.ts'
import { stringOf } from '../../support/follow-log.ts'
import { batchBytes, type BatchPlan } from './batch-bytes.ts'

const [logAppendTime, transactional, control] = [0x08, 0x10, 0x20]

type Fetched = {
  readonly aborted?: readonly AbortedTransaction[]
  readonly position?: bigint
  readonly cutBytes?: number
  readonly knownGaps?: Gaps
}

const of = { description: 'Kafka at home', topic: 'rsvp' }

async function slicesOf(
  plans: readonly BatchPlan[],
  { aborted = [], position = 0n, cutBytes = 0, knownGaps = new Map() }: Fetched = {},
) {
  const whole = Buffer.concat(plans.map(batchBytes))
  const batches = whole.subarray(0, whole.length - cutBytes)
  const slices: unknown[] = []
  const fetched = { partition: 3, error: 0, highWatermark: 0n, lastStableOffset: 0n, aborted, batches }
  for await (const { firstOffset, nextOffset, records } of readSlices({ of, fetched, position, knownGaps })) {
    slices.push([firstOffset, nextOffset, records.map(({ offset, value }) => `${offset}${stringOf(value)}`)])
  }
  return slices
}

const batch = (firstOffset: bigint, values: string, more: Partial<BatchPlan> = {}): BatchPlan => ({
  firstOffset,
  records: values.split('').map((value, delta) => ({ delta, value })),
  lastDelta: values.length - 1,
  ...more,
})

it('joins batches to one slice without a seam', async () => {
  expect(await slicesOf([batch(0n, 'ab'), batch(2n, 'c')])).toEqual([[0n, 3n, ['0a', '1b', '2c']]])
})

it('delivers a tombstone with its key, and tells no value from an empty one', async () => {
  const records = [
    { delta: 0, key: '{"id":1}', value: null },
    { delta: 1, key: '', value: '' },
  ]
  const batches = batchBytes({ firstOffset: 0n, records, lastDelta: 1 })
  const fetched = { partition: 3, error: 0, highWatermark: 0n, lastStableOffset: 0n, aborted: [], batches }
  for await (const slice of readSlices({ of, fetched, position: 0n, knownGaps: new Map() }))
    expect(slice.records).toMatchObject([
      { key: Buffer.from('{"id":1}'), value: null },
      { key: Buffer.of(), value: Buffer.of() },
    ])
  expect.assertions(1)
})

it('begins where it was asked to, in the middle of a batch too', async () => {
  expect(await slicesOf([batch(0n, 'ab'), batch(2n, 'cde')], { position: 3n })).toEqual([[3n, 5n, ['3d', '4e']]])
})

it('covers what compaction has removed: inside a batch, at its end, a whole batch, and between batches', async () => {
  const inside = { firstOffset: 0n, records: [{ delta: 2, value: 'c' }], lastDelta: 5 }
  const emptied = { firstOffset: 6n, records: [], lastDelta: 3 }
  expect(await slicesOf([inside, emptied])).toEqual([[0n, 10n, ['2c']]])
  expect(await slicesOf([emptied], { position: 6n })).toEqual([[6n, 10n, []]])
  const known = { position: 4n, knownGaps: new Map([[4n, 8n]]) }
  expect(await slicesOf([batch(8n, 'x')], known)).toEqual([[4n, 9n, ['8x']]])
})

it('covers markers, and delivers none', async () => {
  const marker = batch(2n, 'm', { attributes: transactional | control, producerId: 7n })
  expect(await slicesOf([batch(0n, 'ab', { attributes: transactional, producerId: 7n }), marker])).toEqual([
    [0n, 3n, ['0a', '1b']],
  ])
  expect(await slicesOf([marker], { position: 2n })).toEqual([[2n, 3n, []]])
})

it('drops what was aborted, of that producer, until its marker, and nothing else', async () => {
  const by = (producerId: bigint) => ({ attributes: transactional, producerId })
  const marker = (offset: bigint) => batch(offset, 'm', { attributes: transactional | control, producerId: 7n })
  const plans = [
    batch(0n, 'a', by(7n)),
    batch(1n, 'b', by(8n)),
    batch(2n, 'c'),
    marker(3n),
    batch(4n, 'd', by(7n)),
    marker(5n),
    batch(6n, 'e', by(7n)),
  ]
  expect(await slicesOf(plans)).toEqual([[0n, 7n, ['0a', '1b', '2c', '4d', '6e']]])
  expect(await slicesOf(plans, { aborted: [{ producerId: 7n, firstOffset: 0n }] })).toEqual([
    [0n, 7n, ['1b', '2c', '4d', '6e']],
  ])
  const both = [
    { producerId: 7n, firstOffset: 4n },
    { producerId: 7n, firstOffset: 0n },
  ]
  expect(await slicesOf(plans, { aborted: both })).toEqual([[0n, 7n, ['1b', '2c', '6e']]])
})

it('leaves a batch that was cut off for the next fetch', async () => {
  expect(await slicesOf([batch(0n, 'ab'), batch(2n, 'c')], { cutBytes: 1 })).toEqual([[0n, 2n, ['0a', '1b']]])
  // Kafka sends the first one whole.
  await expect(slicesOf([batch(0n, 'ab')], { cutBytes: 1 })).rejects.toMatchObject({ failure: { code: 'LOG_CORRUPT' } })
})

it('hands many records on in several slices, cut between batches', async () => {
  const [first, second] = [batch(0n, 'x'.repeat(10_000)), batch(10_000n, 'yz')]
  const slices = await slicesOf([first, second])
  expect(slices).toEqual([
    [0n, 10_000n, expect.any(Array)],
    [10_000n, 10_002n, ['10000y', '10001z']],
  ])
})

it('takes the time the log received a record, where the topic keeps it, and says whose it is', async () => {
  const timesOf = async (attributes: number) => {
    const batches = batchBytes(batch(0n, 'ab', { attributes }))
    const fetched = { partition: 0, error: 0, highWatermark: 0n, lastStableOffset: 0n, aborted: [], batches }
    const times: (readonly [bigint, boolean])[] = []
    for await (const { records } of readSlices({ of, fetched, position: 0n, knownGaps: new Map() }))
      times.push(...records.map(({ timestamp, hasLogTime }) => [timestamp, hasLogTime] as const))
    return times
  }
  expect(await timesOf(logAppendTime)).toEqual([
    [2000n, true],
    [2000n, true],
  ])
  expect(await timesOf(0)).toEqual([
    [1000n, false],
    [1001n, false],
  ])
})

it('refuses the formats from before offsets could be trusted, and compressions it does not know', async () => {
  await expect(slicesOf([batch(0n, 'a', { format: 1 })])).rejects.toMatchObject({ failure: { code: 'LOG_FOREIGN' } })
  await expect(slicesOf([batch(0n, 'a', { attributes: 7 })])).rejects.toMatchObject({ code: 'LOG_FOREIGN' })
})
