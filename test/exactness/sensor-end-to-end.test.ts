import { afterEach, describe, it } from 'vitest'
import type { RecordedVariant } from '../oracle/recording.ts'
import { cutOnce, expectExact, linesOf, liveThrough } from './live-system.ts'
import { RunningSystem } from '../support/running-system.ts'
import { sensorSubject as subject } from './subjects/sensor.ts'

const isThorough = process.env['CI'] === 'true'
const recorded: RecordedVariant = { partitions: 1, keyed: false, order: 'recorded', seed: 6 }
const shuffled: RecordedVariant = { partitions: 4, keyed: false, order: 'shuffled', seed: 7, repeats: true, late: true }

let system: RunningSystem | undefined
afterEach(async () => {
  await system?.close()
  system = undefined
})

async function open(partitions: number): Promise<RunningSystem> {
  system = await RunningSystem.open(subject.dataset, partitions)
  return system
}

describe('room sensors through archive, Parquet and native tables', () => {
  it.each([recorded, shuffled])(
    'merged answers equal the recount before and after each hand-over: partitions $partitions, $order',
    async (variant) => {
      await liveThrough(await open(variant.partitions), { subject, variant }, isThorough ? 100 : 750)
    },
    240_000,
  )

  it.each(isThorough ? [0, 1, 50, 333, 700, 1200, 1500] : [700])(
    'all events from %i on in the speed view, then a later generation',
    async (cut) => {
      await cutOnce(await open(1), { subject, variant: recorded }, cut)
    },
    60_000,
  )

  it('rebuild equals incremental', async () => {
    const running = await open(4)
    const lines = linesOf(subject, { ...recorded, partitions: 4 })
    for (const [first, next] of [
      [0, 600],
      [600, lines.length],
    ]) {
      await running.append(lines.slice(first, next))
      await running.archive()
      await running.run({ fileRowsMax: 200 })
    }
    await running.startReplica()
    await expectExact(running, subject)
    await running.run({ isRebuild: true, fileRowsMax: 200 })
    await running.handOver()
    await expectExact(running, subject)
  })
})
