import { afterEach, beforeEach, expect, it } from 'vitest'
import { isObject } from '../oracle/judge-event.ts'
import { sentParts } from '../oracle/recount.ts'
import type { Sent } from '../oracle/recount.ts'
import { expectExact } from './live-system.ts'
import { rsvpSubject } from './subjects/rsvp.ts'
import { RunningSystem } from '../support/running-system.ts'
import { sensorSubject } from './subjects/sensor.ts'

let rsvps: RunningSystem
let sensors: RunningSystem

beforeEach(async () => {
  rsvps = await RunningSystem.open(rsvpSubject.dataset, 2)
  await rsvps.startReplica()
  sensors = await rsvps.openBeside(sensorSubject.dataset)
  await sensors.startReplica()
})
afterEach(async () => {
  await sensors.close()
  await rsvps.close()
})

async function expectBothExact(): Promise<void> {
  await expectExact(rsvps, rsvpSubject)
  await expectExact(sensors, sensorSubject)
}

async function generationOf(running: RunningSystem): Promise<void> {
  await running.archive()
  await running.run()
  await running.handOver()
}

it('two datasets in one process: each has its own events, tidemark, generation and stream time', async () => {
  const [answers, readings] = [rsvpSubject.recording.lines(), sensorSubject.recording.lines()]
  await rsvps.append(answers.slice(0, 500))
  await sensors.append(readings.slice(0, 300))
  await generationOf(rsvps)
  await expectBothExact()
  expect(sensors.replica.speed.state().generation).toBe(0)

  await sensors.append(readings.slice(300, 900))
  await generationOf(sensors)
  await rsvps.append(answers.slice(500, 1000))
  await sensors.append(readings.slice(900))
  await generationOf(sensors)
  await rsvps.append(answers.slice(1000))
  await expectBothExact()

  const [ofRsvps, ofSensors] = [rsvps.replica.speed.state(), sensors.replica.speed.state()]
  expect([ofRsvps.generation, ofSensors.generation]).toEqual([1, 2])
  expect([covered(ofRsvps.tidemark), covered(ofSensors.tidemark)]).toEqual([500, readings.length])
  expect([covered(ofRsvps.positions), covered(ofSensors.positions)]).toEqual([answers.length, readings.length])
  expect(ofRsvps.streamTime).toBe(newest(answers, 'mtime'))
  expect(ofSensors.streamTime).toBe(newest(readings, 'ts'))
})

it('one statement reads both, and says of each how far it is', async () => {
  await rsvps.append(rsvpSubject.recording.lines().slice(0, 50))
  await sensors.append(sensorSubject.recording.lines().slice(0, 40))
  await rsvps.catchUp()
  await sensors.catchUp()
  const reader = rsvps.createReader([sensors])
  const { rows, asOf } = await reader.read({
    sql: `SELECT (SELECT count(*) FROM rsvp.arrival) + (SELECT count(*) FROM rsvp.rejected) AS answers,
      (SELECT count(*) FROM sensor.arrival) + (SELECT count(*) FROM sensor.rejected) AS readings`,
    params: {},
    view: 'merged',
    dataset: null,
    after: new Map(),
    rowsMax: 10,
    bytesMax: 1e6,
    timeoutMs: 60_000,
  })
  reader.close()
  expect(rows.map((row) => row.map(Number))).toEqual([[50, 40]])
  expect(asOf).toMatchObject({ datasets: { rsvp: { generation: 0 }, sensor: { generation: 0 } } })
})

function covered(positions: ReadonlyMap<number, bigint>): number {
  return [...positions.values()].reduce((sum, offset) => sum + Number(offset), 0)
}

function newest(lines: readonly Sent[], field: string): number {
  const times = lines.map((line) => {
    try {
      const json: unknown = JSON.parse(Buffer.from(sentParts(line).value ?? []).toString())
      return isObject(json) ? Number(json[field] ?? 0) : 0
    } catch {
      return 0
    }
  })
  return times.reduce((a, b) => Math.max(a, b), 0)
}
