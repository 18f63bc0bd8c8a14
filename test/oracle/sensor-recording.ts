import { randomInt } from '../../bench/events/random.ts'
import { seededRandom } from '../../schemas/sensor/random.ts'
import type { Random } from '../../bench/events/random.ts'
import { isObject, parseLine } from './judge-event.ts'
import type { Recording } from './recording.ts'

/** When the first of these readings was measured. */
const firstMeasuredMs = Date.UTC(2024, 0, 15, 8)

const tickMs = 5_000
const tickCount = 150
const roomNames = ['Atrium', 'cellar', 'Café', '登山 室', 'lab 2', 'Lab 1']

type Reading = {
  readonly sensor_id: string
  readonly room: string
  readonly temperature_c: number
  readonly humidity?: number | null
  readonly ts: number
  readonly seq: number
}

type Placed = { readonly at: number; readonly line: Uint8Array }

/** Readings of ten sensors in six rooms over 12.5 minutes, with all that goes wrong on the way; about 1,500 and always the same. */
export const sensorRecording: Recording = {
  lines: sensorLines,
  // The newest are measured just before: the whole recording is in time.
  firstReceivedMs: firstMeasuredMs + tickCount * tickMs,
  keyOf: (line) => /"sensor_id":"([^"]*)"/.exec(Buffer.from(line).toString())?.[1] ?? '',
  answeredAnew: measuredAnew,
}

export function sensorLines(): readonly Uint8Array[] {
  const random = seededRandom(20_240_115)
  const placed = Array.from({ length: 10 }, (_, sensor) => readingsOf(sensor, random)).flat()
  return [...placed.flatMap((reading) => delivered(reading, random)), ...malformed(random)]
    .toSorted((a, b) => a.at - b.at)
    .map(({ line }) => line)
}

/** One sensor dies after a third of the time; one is carried to another room; the last room warms up. */
function readingsOf(sensor: number, random: Random): readonly Reading[] {
  const ticks = sensor === 9 ? tickCount / 3 : tickCount
  return Array.from({ length: ticks }, (_, seq) => {
    const room = roomNames[sensor === 8 && seq > 100 ? 0 : sensor % roomNames.length] ?? ''
    const warming = sensor % roomNames.length === 5 && seq > 90 ? (seq - 90) / 10 : 0
    const spike = random() < 0.01 ? 40 : 0
    const temperature_c = Math.round((18 + sensor / 2 + warming + spike + random()) * 100) / 100
    const reading = { sensor_id: `s${sensor}`, room, temperature_c, ts: measuredAt(sensor, seq), seq }
    // One cannot measure humidity; of the others it is missing at times, left out or null.
    if (sensor === 3 || seq % 7 === 6) return seq % 2 === 0 ? reading : { ...reading, humidity: null }
    return { ...reading, humidity: Math.round(400 + random() * 200) / 10 }
  })
}

/** Sensors 0 and 1 measure at the same time, and on the boundaries of minutes. */
function measuredAt(sensor: number, seq: number): number {
  return firstMeasuredMs + seq * tickMs + Math.max(0, sensor - 1) * 37
}

/** Repeats, corrections of the same and of a later time, and late readings, which may come after all others of their sensor. */
function delivered(reading: Reading, random: Random): readonly Placed[] {
  const fate = random()
  const first = {
    at: reading.ts + (fate < 0.05 ? randomInt(random, 300_000) : randomInt(random, 40)),
    line: bytes(reading),
  }
  const again = () => first.at + 1 + randomInt(random, 120_000)
  if (fate > 0.95) return [first, { at: again(), line: first.line }]
  if (fate > 0.92)
    return [first, { at: again(), line: bytes({ ...reading, temperature_c: reading.temperature_c + 0.5 }) }]
  if (fate > 0.9) return [first, { at: again(), line: bytes({ ...reading, temperature_c: 0, ts: reading.ts + 1000 }) }]
  return [first]
}

function malformed(random: Random): readonly Placed[] {
  const lines = [
    '',
    '{"sensor_id":',
    '{"sensor_id":"s1"}',
    '[]',
    JSON.stringify({ ...anyReading, temperature_c: 'warm' }),
  ]
  return Array.from({ length: 20 }, (_, n) => ({
    at: firstMeasuredMs + randomInt(random, tickCount * tickMs),
    line: Buffer.from(lines[n % lines.length] ?? ''),
  }))
}

const anyReading: Reading = { sensor_id: 's1', room: 'Atrium', temperature_c: 20, ts: firstMeasuredMs, seq: 1 }

function measuredAnew(line: Uint8Array | null, laterMs: number): Uint8Array | null {
  const json = parseLine(line)?.json
  if (!isObject(json) || typeof json['ts'] !== 'number') return line
  return Buffer.from(JSON.stringify({ ...json, temperature_c: 7, ts: json['ts'] + laterMs }))
}

function bytes(reading: Reading): Uint8Array {
  return Buffer.from(JSON.stringify(reading))
}
