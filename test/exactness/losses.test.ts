import { afterEach, describe, expect, it } from 'vitest'
import type { OffsetRange } from '../../schemas/ports/log.ts'
import { MemoryLog } from '../fakes/memory-log.ts'
import { readTablesOf } from '../oracle/read-tables.ts'
import type { LoggedRecord } from '../oracle/recount.ts'
import { recountBy } from '../oracle/recount.ts'
import { linesOf } from './live-system.ts'
import { rsvpSubject } from './subjects/rsvp.ts'
import { RunningSystem } from '../support/running-system.ts'

const { dataset, tables, createRecount } = rsvpSubject
const lines = linesOf(rsvpSubject, { partitions: 1, keyed: false, order: 'recorded', seed: 1 })
const range = (firstOffset: bigint, nextOffset: bigint): OffsetRange => ({ firstOffset, nextOffset })
const ofPartition = (...ranges: readonly OffsetRange[]) => new Map([[0, ranges]])

let system: RunningSystem | undefined
afterEach(async () => {
  await system?.close()
  system = undefined
})

/** 200 events of a generation, then 200 that were read and not archived. */
async function open(): Promise<RunningSystem> {
  system = await RunningSystem.open(dataset, 1)
  await system.append(lines.slice(0, 200))
  await system.archive()
  await system.run()
  await system.startReplica()
  await system.append(lines.slice(200, 400))
  await system.catchUp()
  return system
}

async function expectRecountOf(running: RunningSystem, records: readonly LoggedRecord[]): Promise<void> {
  await running.catchUp()
  const held = await running.read((session) => readTablesOf(session, dataset.name, tables))
  expect(held).toEqual(recountBy(createRecount, records))
}

function except(records: readonly LoggedRecord[], first: bigint, next: bigint): readonly LoggedRecord[] {
  return records.filter(({ offset }) => offset < first || offset >= next)
}

async function asOf(running: RunningSystem) {
  const reader = running.createReader()
  const { asOf: stands } = await reader.read({
    sql: 'SELECT 1',
    params: [],
    view: 'merged',
    dataset: dataset.name,
    after: new Map(),
    rowsMax: 1,
    bytesMax: 1000,
    timeoutMs: 10_000,
  })
  reader.close()
  return stands.datasets[dataset.name]
}

describe('records that the log deletes before they are archived', () => {
  it('stay in the answers of who has read them until the hand-over, which drops them and says so', async () => {
    const running = await open()
    const all = await running.logged()
    running.log.lose(dataset.topic, 0, 330n)
    await expectRecountOf(running, all)
    await running.archive()
    const { manifest } = await running.run()
    expect(manifest?.lost).toEqual(ofPartition(range(200n, 330n)))
    await expectRecountOf(running, all)
    expect(await asOf(running)).not.toHaveProperty('lost')
    expect(running.newlyLost).toEqual([])

    await running.handOver()
    await expectRecountOf(running, except(all, 200n, 330n))
    expect((await asOf(running))?.lost).toEqual({ 'rsvp/0': [['200', '330']] })
    const lost = ofPartition(range(200n, 330n))
    expect(running.newlyLost).toEqual([{ lost, dropped: lost }])
  })

  it('are lacked by a replica that starts later, from its beginning, and it says so', async () => {
    const running = await open()
    const all = await running.logged()
    running.log.lose(dataset.topic, 0, 330n)
    await running.archive()
    const lost = ofPartition(range(200n, 330n))
    for (const step of ['chunk', 'generation'] as const) {
      if (step === 'generation') await running.run()
      running.newlyLost.length = 0
      await running.startReplica()
      await expectRecountOf(running, except(all, 200n, 330n))
      expect((await asOf(running))?.lost).toEqual({ 'rsvp/0': [['200', '330']] })
      expect(running.newlyLost).toEqual([{ lost, dropped: new Map() }])
    }
  })

  it('are named in each generation since, and in a rebuild', async () => {
    const running = await open()
    running.log.lose(dataset.topic, 0, 330n)
    await running.archive()
    await running.run()
    await running.append(lines.slice(400, 420))
    running.log.lose(dataset.topic, 0, 410n)
    await running.archive()
    const lost = ofPartition(range(200n, 330n), range(400n, 410n))
    expect((await running.run()).manifest?.lost).toEqual(lost)
    expect((await running.run({ isRebuild: true })).manifest?.lost).toEqual(lost)
  })

  it('are no loss any more once an archiver that had read them writes them down', async () => {
    const running = await open()
    const all = await running.logged()
    const held = new MemoryLog()
    await held.ensureTopic(dataset.topic)
    await held.append(
      dataset.topic,
      lines.slice(0, 400).flatMap((line) => ('key' in line ? [] : [{ key: null, value: line }])),
    )
    running.log.lose(dataset.topic, 0, 330n)
    await running.startReplica()
    await expectRecountOf(running, except(all, 200n, 330n))
    expect((await asOf(running))?.lost).toEqual({ 'rsvp/0': [['200', '330']] })
    await running.archive(held)
    await held.close()
    await running.run()
    await running.handOver()
    await running.catchUp()
    expect(await asOf(running)).not.toHaveProperty('lost')
    const [row] = await running.read((session) => session.rows('SELECT count(*) AS n FROM rsvp.arrival'))
    expect(row?.['n']).toBe(BigInt(recountBy(createRecount, all)['arrival']?.length ?? 0))
  })
})
