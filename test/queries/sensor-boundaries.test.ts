import { afterAll, beforeAll, expect, it } from 'vitest'
import { sensor } from '../../schemas/sensor/dataset.ts'
import { HandMade } from './hand-made.ts'

const streamTime = '2024-01-15T08:10:00Z'

let tables: HandMade
beforeAll(async () => {
  tables = await HandMade.open(sensor)
})
afterAll(() => tables.close())

type Given = {
  /** Time of the day, from 08:00:00. */
  readonly at: string
  readonly sensor?: string
  readonly room?: string
  readonly seq?: number
  readonly c?: number
  readonly humidity?: number | null
}

async function fill(...readings: readonly Given[]): Promise<void> {
  const rows = readings.map(({ at, sensor: id = 's1', room = 'a', seq, c = 20, humidity = null }, n) => ({
    sensor_id: id,
    seq: seq ?? n,
    room,
    ts: `2024-01-15T08:${at}Z`,
    temperature_c: c,
    humidity,
  }))
  await tables.fill('reading', rows)
}

const ask = (query: string, given: Readonly<Record<string, string>> = {}) => tables.ask(query, streamTime, given)

it('a window begins behind its first moment and ends with stream time', async () => {
  await fill({ at: '05:00.000', c: 1 }, { at: '05:00.001', c: 2 }, { at: '10:00.000', c: 3 }, { at: '10:00.001', c: 4 })
  const asked = { window: 'PT5M', bucket: 'P1D' }
  expect(await ask('room-averages', asked)).toMatchObject([{ temperature_c: 2.5, readings: 2 }])
  expect(await ask('temperature-range', { ...asked, bucket: '1ms' })).toMatchObject([{ average: 2 }, { average: 3 }])
  expect(await ask('temperature-changes', { window: 'PT5M' })).toMatchObject([{ before_c: 2, now_c: 3, readings: 2 }])
  expect(await ask('room-latest', { window: 'PT5M' })).toMatchObject([{ temperature_c: 3, age_ms: 0 }])
})

it('a bucket begins with its first moment, counted from 1970 in UTC', async () => {
  await fill({ at: '08:59.999', c: 1 }, { at: '09:00.000', c: 2 }, { at: '09:59.999', c: 3 })
  expect(await ask('room-averages', {})).toMatchObject([
    { bucket: '2024-01-15T08:09:00Z', temperature_c: 2.5 },
    { bucket: '2024-01-15T08:08:00Z', temperature_c: 1 },
  ])
})

it('a sensor is silent from the moment on when it has said nothing for so long', async () => {
  await fill({ at: '09:00.000', sensor: 's1', c: 10 }, { at: '09:00.001', sensor: 's2', c: 30, humidity: 50 })
  expect(await ask('room-latest')).toMatchObject([
    { room: 'a', temperature_c: 30, humidity: 50, sensors: 2, silent_sensors: 1, age_ms: 59_999 },
  ])
})

it('a room whose sensors are all silent has no temperature, one without humidity no humidity', async () => {
  await fill({ at: '01:00.000', room: 'a' }, { at: '09:59.000', room: 'b', sensor: 's2' })
  expect(await ask('room-latest')).toMatchObject([
    { room: 'a', temperature_c: null, humidity: null, silent_sensors: 1 },
    { room: 'b', temperature_c: 20, humidity: null, silent_sensors: 0 },
  ])
  expect(await ask('room-averages', { room: 'b' })).toMatchObject([{ room: 'b', humidity: null, readings: 1 }])
})

it('of two readings of one moment the higher number is the later, and a sensor is where it was last', async () => {
  await fill(
    { at: '09:59.000', seq: 7, room: 'a', c: 1 },
    { at: '09:59.000', seq: 12, room: 'b', c: 2 },
    { at: '09:59.000', seq: 9, room: 'a', c: 3 },
  )
  expect(await ask('room-latest')).toMatchObject([{ room: 'b', temperature_c: 2, sensors: 1 }])
  expect(await ask('room-latest', { room: 'a' })).toEqual([])
  // A sensor that counts anew is no older for it.
  await fill({ at: '09:58.000', seq: 4000, c: 1 }, { at: '09:59.000', seq: 0, c: 2 })
  expect(await ask('room-latest')).toMatchObject([{ temperature_c: 2, sensors: 1 }])
})

it('a single spike is no change, and neither is a neighbour that falls silent', async () => {
  const of = (id: string, minutes: readonly string[], c: number) =>
    minutes.flatMap((minute) => ['10', '20', '30'].map((at) => ({ at: `${minute}:${at}.000`, sensor: id, c })))
  const steady = of('s1', ['05', '07', '09'], 20)
  await fill(...steady, { at: '09:25.000', c: 80 }, { at: '05:25.000', c: -40 }, ...of('s2', ['05', '06'], 30))
  expect(await ask('temperature-changes', { more_than: '0' })).toEqual([])
  await fill(...steady, { at: '09:25.000', c: 80 }, ...of('s2', ['05'], 30), ...of('s2', ['09'], 33))
  expect(await ask('temperature-changes')).toEqual([
    { room: 'a', before_c: 25, now_c: 26.5, change_c: 1.5, readings: 16 },
  ])
})

it('a change of exactly so much is not more, whatever the last bit of a number says', async () => {
  await fill({ at: '05:30.000', c: 0.8 }, { at: '09:30.000', c: 1.1 })
  expect(await ask('temperature-changes', { more_than: '0.3' })).toEqual([])
  expect(await ask('temperature-changes', { more_than: '0.29' })).toMatchObject([{ change_c: 0.3 }])
})

it('changes are ranked by their size, downwards ones too', async () => {
  await fill(
    { at: '05:30.000', room: 'up', sensor: 'u', c: 10 },
    { at: '09:30.000', room: 'up', sensor: 'u', c: 12 },
    { at: '05:30.000', room: 'down', sensor: 'd', c: 10 },
    { at: '09:30.000', room: 'down', sensor: 'd', c: 7 },
  )
  expect(await ask('temperature-changes')).toMatchObject([
    { room: 'down', change_c: -3 },
    { room: 'up', change_c: 2 },
  ])
  expect(await ask('temperature-changes', { limit: '1' })).toHaveLength(1)
  expect(await ask('temperature-changes', { room: 'up' })).toMatchObject([{ room: 'up' }])
})

it('a room counts once in a range, however many sensors it has', async () => {
  await fill(
    { at: '09:01.000', room: 'a', sensor: 's1', c: 10 },
    { at: '09:02.000', room: 'a', sensor: 's2', c: 20 },
    { at: '09:03.000', room: 'b', sensor: 's3', c: 25 },
  )
  expect(await ask('temperature-range')).toEqual([
    { bucket: '2024-01-15T08:09:00Z', coldest: 15, average: 20, warmest: 25, rooms: 2 },
  ])
})

it('a mean does not depend on the order of the rows', async () => {
  const readings = [20.1, 20.7, 20.34, 20.99, 20.13, 20.44, 20.5, 20.61, 20.02, 20.37].map((c, n) => ({
    at: `09:0${n}.000`,
    seq: n,
    c,
  }))
  await fill(...readings)
  const [averages, range] = [await ask('room-averages'), await ask('temperature-range')]
  await fill(...readings.toReversed())
  expect([await ask('room-averages'), await ask('temperature-range')]).toEqual([averages, range])
})

it('a sensor that says the largest number there is breaks no answer', async () => {
  await fill({ at: '05:30.000', c: 1.7e308 }, { at: '09:59.000', c: -1.7e308 }, { at: '09:59.500', c: 1.7e308 })
  for (const query of ['room-latest', 'room-averages', 'temperature-range', 'temperature-changes'])
    expect(JSON.stringify(await ask(query)), query).toMatch(/^\[/)
})

it('of a reading sent thrice, what differs from the one before is a correction, all else a repeat', async () => {
  const sent = (offset: number, c: number, humidity: number | null, ts = '08:00:00') => ({
    log_partition: 0,
    log_offset: offset,
    received_at: `2024-01-15T08:00:0${offset}Z`,
    sensor_id: 's1',
    seq: 1,
    ts: `2024-01-15T${ts}Z`,
    temperature_c: c,
    humidity,
  })
  await tables.fill('arrival', [
    sent(0, 20, null),
    sent(1, 20, null),
    sent(2, 20, 40),
    sent(3, 21, 40),
    sent(4, 21, 40),
  ])
  expect(await ask('stream-quality')).toMatchObject([{ events: 5, readings: 1, repeats: 2, corrections: 2, late: 0 }])
  // The first is ahead of the log's clock, which says how late the others are; five seconds are not too late yet.
  await tables.fill('arrival', [
    sent(5, 20, null, '08:00:50'),
    sent(6, 20, null, '08:00:00'),
    sent(7, 20, null, '07:59:59'),
  ])
  expect(await ask('stream-quality')).toMatchObject([{ late: 1, worst_lateness_ms: 6000 }])
})
