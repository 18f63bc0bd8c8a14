import { afterEach, describe, expect, it } from 'vitest'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { readTables } from '../oracle/read-tables.ts'
import { recordedRecords } from '../oracle/recording.ts'
import type { RecordedVariant } from '../oracle/recording.ts'
import { recount } from '../oracle/recount.ts'
import { RunningSystem } from './running-system.ts'

const recorded: RecordedVariant = { partitions: 1, keyed: false, order: 'recorded', seed: 1 }
const others: readonly RecordedVariant[] = [
  { partitions: 4, keyed: false, order: 'recorded', seed: 2 },
  { partitions: 4, keyed: true, order: 'shuffled', seed: 3, repeats: true },
  { partitions: 1, keyed: false, order: 'shuffled', seed: 4, repeats: true, late: true },
  { partitions: 4, keyed: false, order: 'shuffled', seed: 5, repeats: true, late: true },
]
const isThorough = process.env['CI'] === 'true'

let system: RunningSystem | undefined
afterEach(async () => {
  await system?.close()
  system = undefined
})

async function open(partitions: number): Promise<RunningSystem> {
  system = await RunningSystem.open(rsvp, partitions)
  return system
}

async function expectExact(running: RunningSystem): Promise<void> {
  await running.catchUp()
  expect(await running.read((session) => readTables(session, 'rsvp'))).toEqual(recount(await running.logged()))
}

/** At each cut: what came since the last generation is speed; then a run takes it, and a hand-over shows it while more arrives. */
async function liveThrough(running: RunningSystem, variant: RecordedVariant, step: number): Promise<void> {
  const lines = linesOf(variant)
  let appended = 0
  const appendTo = async (end: number) => {
    await running.append(lines.slice(appended, end))
    appended = end
  }
  await running.startReplica()
  for (let cut = step; cut < lines.length; cut += step) {
    await appendTo(cut)
    await expectExact(running)
    await running.archive()
    await running.run()
    await appendTo(cut + step / 2)
    await running.handOver()
    await expectExact(running)
  }
  await appendTo(lines.length)
  await expectExact(running)
}

/** A generation of [0, cut), all else speed; then a hand-over at a later cut. */
async function cutOnce(variant: RecordedVariant, cut: number): Promise<void> {
  const lines = linesOf(variant)
  const running = await open(variant.partitions)
  await running.append(lines.slice(0, cut))
  await running.archive()
  await running.run()
  const later = Math.min(lines.length, cut + 300)
  await running.append(lines.slice(cut, later))
  await running.archive()
  await running.startReplica()
  await running.append(lines.slice(later))
  await expectExact(running)
  await running.run()
  await running.handOver()
  await expectExact(running)
}

function linesOf(variant: RecordedVariant): readonly Uint8Array[] {
  return recordedRecords(variant).map(({ value }) => value ?? new Uint8Array())
}

describe('through archive, Parquet and native tables', () => {
  it('merged answers equal the recount at every 50th cut of the recording, before and after each hand-over', async () => {
    await liveThrough(await open(1), recorded, 50)
  }, 240_000)

  it.each(others)(
    'the same for partitions $partitions, keyed $keyed, $order, repeats $repeats, late $late',
    async (variant) => {
      await liveThrough(await open(variant.partitions), variant, isThorough ? 50 : 500)
    },
    240_000,
  )

  const cuts = Array.from({ length: 31 }, (_, n) => n * 50)
  it.each(isThorough ? cuts : [0, 650, 1500])(
    'all events from %i on in the speed view, then a later generation',
    async (cut) => {
      await cutOnce(recorded, cut)
    },
    60_000,
  )

  it('a replica that starts between two generations answers as one that lived through them', async () => {
    const running = await open(4)
    const lines = linesOf({ ...recorded, partitions: 4 })
    await running.append(lines.slice(0, 700))
    await running.archive()
    await running.run()
    await running.append(lines.slice(700, 1100))
    await running.archive()
    await running.append(lines.slice(1100))
    await running.startReplica()
    await expectExact(running)
    await running.run()
    await running.startReplica()
    await expectExact(running)
  })

  it('the cache of native tables is a throwaway: rubbish in it is built again', async () => {
    const running = await open(1)
    await running.append(linesOf(recorded))
    await running.archive()
    await running.run()
    await running.startReplica()
    await running.closeReplica()
    await running.spoilCache()
    await running.startReplica()
    await expectExact(running)
  })

  it('a replica behind a new tidemark jumps to it', async () => {
    const running = await open(1)
    const lines = linesOf(recorded)
    await running.startReplica()
    await running.append(lines.slice(0, 900))
    await running.archive()
    await running.run()
    await running.handOver()
    await running.append(lines.slice(900))
    await expectExact(running)
  })

  it('rebuild equals incremental, row for row, also when tables are many files', async () => {
    const running = await open(4)
    const lines = linesOf({ ...recorded, partitions: 4 })
    for (let first = 0; first < lines.length; first += 300) {
      await running.append(lines.slice(first, first + 300))
      await running.archive()
      await running.run({ fileRowsMax: 1000 })
    }
    await running.startReplica()
    await expectExact(running)
    const before = running.replica.view.state().generation
    await running.run({ isRebuild: true, fileRowsMax: 1000 })
    await running.handOver()
    expect(running.replica.view.state().generation).toBe(before + 1)
    await expectExact(running)
  })
})
