import { afterEach, describe, expect, it } from 'vitest'
import type { RecordedVariant } from '../oracle/recording.ts'
import { cutOnce, expectExact, linesOf, liveThrough } from './live-system.ts'
import { rsvpSubject } from './subjects/rsvp.ts'
import { RunningSystem } from '../support/running-system.ts'

const recorded: RecordedVariant = { partitions: 1, keyed: false, order: 'recorded', seed: 1 }
const others: readonly RecordedVariant[] = [
  { partitions: 4, keyed: false, order: 'recorded', seed: 2 },
  { partitions: 4, keyed: true, order: 'shuffled', seed: 3, repeats: true },
  { partitions: 1, keyed: false, order: 'shuffled', seed: 4, repeats: true, late: true },
  { partitions: 4, keyed: false, order: 'shuffled', seed: 5, repeats: true, late: true },
]
const isThorough = process.env['CI'] === 'true'
const step = isThorough ? 50 : 200

let system: RunningSystem | undefined
afterEach(async () => {
  await system?.close()
  system = undefined
})

async function open(partitions: number): Promise<RunningSystem> {
  system = await RunningSystem.open(rsvpSubject.dataset, partitions)
  return system
}

describe('through archive, Parquet and native tables', () => {
  it(`merged answers equal the recount at every ${step}th cut of the recording, before and after each hand-over`, async () => {
    await liveThrough(await open(1), { subject: rsvpSubject, variant: recorded }, step)
  }, 240_000)

  it.each(others)(
    'the same for partitions $partitions, keyed $keyed, $order, repeats $repeats, late $late',
    async (variant) => {
      await liveThrough(await open(variant.partitions), { subject: rsvpSubject, variant }, isThorough ? 50 : 750)
    },
    240_000,
  )

  const cuts = Array.from({ length: 31 }, (_, n) => n * 50)
  it.each(isThorough ? cuts : [0, 650, 1500])(
    'all events from %i on in the speed view, then a later generation',
    async (cut) => {
      await cutOnce(await open(1), { subject: rsvpSubject, variant: recorded }, cut)
    },
    60_000,
  )

  it('a replica that starts between two generations answers as one that lived through them', async () => {
    const running = await open(4)
    const lines = linesOf(rsvpSubject, { ...recorded, partitions: 4 })
    await running.append(lines.slice(0, 700))
    await running.archive()
    await running.run()
    await running.append(lines.slice(700, 1100))
    await running.archive()
    await running.append(lines.slice(1100))
    await running.startReplica()
    await expectExact(running, rsvpSubject)
    await running.run()
    await running.startReplica()
    await expectExact(running, rsvpSubject)
  })

  it('the cache of native tables is a throwaway: rubbish in it is built again', async () => {
    const running = await open(1)
    await running.append(linesOf(rsvpSubject, recorded))
    await running.archive()
    await running.run()
    await running.startReplica()
    await running.closeReplica()
    await running.spoilCache()
    await running.startReplica()
    await expectExact(running, rsvpSubject)
  })

  it('a replica behind a new tidemark jumps to it', async () => {
    const running = await open(1)
    const lines = linesOf(rsvpSubject, recorded)
    await running.startReplica()
    await running.append(lines.slice(0, 900))
    await running.archive()
    await running.run()
    await running.handOver()
    await running.append(lines.slice(900))
    await expectExact(running, rsvpSubject)
  })

  it('rebuild equals incremental, row for row, also when tables are many files', async () => {
    const running = await open(4)
    const lines = linesOf(rsvpSubject, { ...recorded, partitions: 4 })
    for (let first = 0; first < lines.length; first += 300) {
      await running.append(lines.slice(first, first + 300))
      await running.archive()
      await running.run({ fileRowsMax: 1000 })
    }
    await running.startReplica()
    await expectExact(running, rsvpSubject)
    const before = running.replica.speed.state().generation
    await running.run({ isRebuild: true, fileRowsMax: 1000 })
    await running.handOver()
    expect(running.replica.speed.state().generation).toBe(before + 1)
    await expectExact(running, rsvpSubject)
  })
})
