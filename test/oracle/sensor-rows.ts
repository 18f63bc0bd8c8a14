import { hasLoneSurrogate, isObject, parseLine } from './judge-event.ts'
import type { LoggedRecord } from './recount.ts'
import { positionColumns } from './rsvp-rows.ts'
import type { Row, TableColumns } from './rows.ts'

/** The tables of room sensors as they are meant, not read from the declaration. */
export const sensorColumns = {
  room: { room: 'text', last_reading_at: 'time' },
  sensor: { sensor_id: 'text', room: 'text', last_reading_at: 'time' },
  reading: {
    sensor_id: 'text',
    seq: 'integer',
    room: 'text',
    ts: 'time',
    temperature_c: 'double',
    humidity: 'double',
  },
  arrival: {
    log_partition: 'integer',
    log_offset: 'integer',
    received_at: 'time',
    sensor_id: 'text',
    seq: 'integer',
    ts: 'time',
    temperature_c: 'double',
    humidity: 'double',
  },
  rejected: { log_partition: 'integer', log_offset: 'integer', received_at: 'time', value: 'bytes' },
} as const satisfies TableColumns

export type SensorTableName = keyof typeof sensorColumns

export type JudgedReading = {
  readonly sensor_id: string
  readonly room: string
  readonly seq: bigint
  readonly ts: bigint
  readonly temperature_c: number
  readonly humidity: number | null
}

const aheadMsMax = 60_000n
const latestMs = 253_402_300_799_999

/** The accepted reading, or null where it is rejected. */
export function judgeReading({ value, timestamp }: LoggedRecord): JudgedReading | null {
  const json = parseLine(value)?.json
  if (!isObject(json) || Array.isArray(json)) return null
  const { sensor_id, room, seq, ts, temperature_c, humidity = null } = json
  if (typeof sensor_id !== 'string' || typeof room !== 'string' || hasLoneSurrogate([sensor_id, room])) return null
  if (!isCount(seq) || !isCount(ts) || ts > latestMs || BigInt(ts) > timestamp + aheadMsMax) return null
  if (!isMeasured(temperature_c) || !(humidity === null || isMeasured(humidity))) return null
  return {
    sensor_id,
    room,
    seq: BigInt(seq),
    ts: BigInt(ts),
    // Minus zero is zero.
    temperature_c: temperature_c + 0,
    humidity: humidity === null ? null : humidity + 0,
  }
}

export function roomRow({ room, ts }: JudgedReading): Row {
  return { room, last_reading_at: ts }
}

export function sensorRow({ sensor_id, room, ts }: JudgedReading): Row {
  return { sensor_id, room, last_reading_at: ts }
}

export function readingRow({ sensor_id, seq, room, ts, temperature_c, humidity }: JudgedReading): Row {
  return { sensor_id, seq, room, ts, temperature_c, humidity }
}

export function readingArrivalRow(record: LoggedRecord, reading: JudgedReading): Row {
  const { sensor_id, seq, ts, temperature_c, humidity } = reading
  return { ...positionColumns(record), sensor_id, seq, ts, temperature_c, humidity }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isMeasured(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
