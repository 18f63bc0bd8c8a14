import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sensor } from '../../schemas/sensor/dataset.ts'
import { views } from '../../serving/replica/reader.ts'
import * as answers from '../oracle/answers/sensor-answers.ts'
import { sensorLines } from '../oracle/sensor-recording.ts'
import { createSensorRecount } from '../oracle/sensor-recount.ts'
import { sensorColumns } from '../oracle/sensor-rows.ts'
import type { SensorTableName } from '../oracle/sensor-rows.ts'
import { ThreeViews } from './three-views.ts'
import type { Asked } from './three-views.ts'

const [second, minute, day] = [1000, 60_000, 86_400_000]
const asked: Asked<SensorTableName> = {
  dataset: sensor,
  columns: sensorColumns,
  createRecount: createSensorRecount,
  time: 'ts',
}

let recorded: ThreeViews<SensorTableName>
beforeAll(async () => {
  recorded = await ThreeViews.openOf(asked, { lines: sensorLines(), cut: 1100, partitions: 2 })
})
afterAll(() => recorded.close())

const windows = [
  { given: {}, window: null, room: undefined },
  { given: { window: '90s' }, window: 90 * second, room: undefined },
  { given: { window: 'P1D' }, window: day, room: undefined },
  { given: { window: 'PT4M', room: 'Café' }, window: 4 * minute, room: 'Café' },
  { given: { room: 'café' }, window: null, room: 'café' },
] as const

describe.each(views)('room sensors under the %s view', (view) => {
  const tables = () => recorded.tables[view]
  const filterOf = (window: number, room: string | undefined) => ({
    streamTime: recorded.streamTime ?? 0,
    window,
    room,
  })

  it('the tables of the plain counts are those that the view holds', async () => {
    expect(await recorded.held(view)).toEqual(tables())
  })

  it.each(windows)('rooms, averages, ranges and changes are those of a plain count, for $given', async (one) => {
    const { given, window, room } = one
    const ask = (query: string, more: Readonly<Record<string, string>> = {}) =>
      recorded.ask(query, { ...given, ...more }, view)
    expect(await ask('room-latest')).toEqual(
      answers.roomLatest(tables(), { ...filterOf(window ?? day, room), silentAfter: minute }),
    )
    expect(await ask('room-averages', { limit: '10000' })).toEqual(
      answers.roomAverages(tables(), { ...filterOf(window ?? 15 * minute, room), bucket: minute }),
    )
    expect(await ask('temperature-range', { bucket: '10s' })).toEqual(
      answers.temperatureRange(tables(), { ...filterOf(window ?? 15 * minute, room), bucket: 10 * second }),
    )
    expect(await ask('temperature-changes', { more_than: '0.1' })).toEqual(
      answers.temperatureChanges(tables(), { ...filterOf(window ?? 5 * minute, room), moreThan: 0.1 }),
    )
  })

  it.each([
    ['PT5S', 5 * second],
    ['PT1M', minute],
    ['PT4M', 4 * minute],
  ])('sensors that say nothing for %s are silent, and not in the mean', async (given, silentAfter) => {
    const expected = answers.roomLatest(tables(), { ...filterOf(day, undefined), silentAfter })
    expect(await recorded.ask('room-latest', { silent_after: given }, view)).toEqual(expected)
  })

  it.each([
    ['PT0S', 0],
    ['PT5S', 5 * second],
    ['PT2M', 2 * minute],
  ])('what came as it came is that of a plain walk through the arrivals, late after %s', async (given, lateAfter) => {
    const expected = answers.sensorQuality(tables(), { lateAfter })
    expect(await recorded.ask('stream-quality', { late_after: given }, view)).toEqual([expected])
  })

  it('every rejected event is counted under one reason', async () => {
    const reasons = await recorded.ask('rejected-reasons', {}, view)
    const counted = reasons.reduce((sum, { events }) => sum + Number(events), 0)
    expect(counted).toBe(tables().rejected.length)
    expect(reasons.map(({ events }) => Number(events))).toEqual(
      reasons.map(({ events }) => Number(events)).toSorted((a, b) => b - a),
    )
  })

  it.each(['', 'la', 'LAB 1', 'cafe', 'CAFÉ', '登', 'nowhere', '%'])(
    'looks up the rooms that begin with "%s"',
    async (text) => {
      expect(await recorded.ask('lookup', { text }, view)).toEqual(answers.roomsLike(tables(), text))
    },
  )
})

describe('the recording of room sensors', () => {
  it('has what the questions are about', async () => {
    expect(await recorded.ask('stream-quality', {}, 'merged')).toMatchObject([
      { events: 1537, readings: 1400, repeats: 74, corrections: 63, rejected: 20 },
    ])
    const latest = await recorded.ask('room-latest', {}, 'merged')
    expect(latest.filter(({ silent_sensors: silent }) => silent !== 0).map(({ room }) => room)).toEqual(['登山 室'])
    const reasons = await recorded.ask('rejected-reasons', {}, 'merged')
    expect(reasons.map(({ reason, events }) => [reason, events])).toEqual([
      ['the event: not valid JSON', 8],
      ['room: missing', 4],
      ['temperature_c: expected a finite number, got a text', 4],
      ['the event: expected an object, got an array', 4],
    ])
  })

  it('without a text, all rooms are looked up', async () => {
    expect(await recorded.ask('lookup', {}, 'merged')).toEqual(answers.roomsLike(recorded.tables.merged, undefined))
  })

  it('only the room that warms up changes by more than half a degree, spikes or not', async () => {
    const changes = await recorded.ask('temperature-changes', {}, 'merged')
    expect(changes.map(({ room }) => room)).toEqual(['Lab 1'])
  })
})

/** They have a row before the first reading too. */
const counting = ['stream-quality', 'layers', 'broken-references']

it('before the first reading every query answers, with nothing', async () => {
  const empty = await ThreeViews.openOf(asked, { lines: [] })
  try {
    for (const view of views) {
      for (const query of Object.keys(sensor.queries).filter((name) => !counting.includes(name)))
        expect(await empty.ask(query, {}, view), query).toEqual([])
      expect(await empty.ask('stream-quality', {}, view)).toEqual([
        { events: 0, readings: 0, repeats: 0, corrections: 0, late: 0, worst_lateness_ms: 0, rejected: 0 },
      ])
      for (const row of await empty.ask('broken-references', {}, view))
        expect(row).toMatchObject({ orphans: 0, rows_with_value: 0 })
    }
  } finally {
    await empty.close()
  }
})
