import { shownTime } from './activity-answers.ts'
import type { AnswerRow } from './activity-answers.ts'
import { groupedBy, ranked, rounded } from './placed-answers.ts'
import type { Row, Value } from '../rows.ts'
import type { SensorTables } from '../sensor-recount.ts'

/** `window` in ms. */
export type AskedRooms = { readonly streamTime: number; readonly window: number; readonly room?: string | undefined }

type Measured = {
  readonly sensor: string
  readonly room: string
  readonly seq: number
  readonly at: number
  readonly temperature: number
  readonly humidity: number | null
}

export function roomLatest(
  tables: SensorTables,
  asked: AskedRooms & { readonly silentAfter: number },
): readonly AnswerRow[] {
  const bySensor = groupedBy(measuredIn(tables, { ...asked, room: undefined }), ({ sensor }) => sensor)
  const last = [...bySensor.values()].flatMap((of) => of.toSorted((a, b) => b.at - a.at || b.seq - a.seq).slice(0, 1))
  const isHeard = ({ at }: Measured) => asked.streamTime - at < asked.silentAfter
  const rows = [...groupedBy(last, ({ room }) => room)].map(([room, sensors]) => {
    const newest = Math.max(...sensors.map(({ at }) => at))
    return {
      room,
      ...means(sensors.filter(isHeard)),
      last_reading_at: timeText(newest),
      age_ms: asked.streamTime - newest,
      sensors: sensors.length,
      silent_sensors: sensors.filter((sensor) => !isHeard(sensor)).length,
    }
  })
  return ranked(rows, ['room']).filter(({ room }) => asked.room === undefined || room === asked.room)
}

export function roomAverages(
  tables: SensorTables,
  asked: AskedRooms & { readonly bucket: number },
): readonly AnswerRow[] {
  const rows = [...groupedBy(measuredIn(tables, asked), ({ at, room }) => `${bucketOf(at, asked.bucket)} ${room}`)]
  const told = rows.map(([, of]) => ({
    bucket: bucketOf(of[0]?.at ?? 0, asked.bucket),
    room: of[0]?.room ?? '',
    ...means(of),
    readings: of.length,
  }))
  return ranked(told, ['-bucket', 'room']).map(withBucketTime)
}

export function temperatureRange(
  tables: SensorTables,
  asked: AskedRooms & { readonly bucket: number },
): readonly AnswerRow[] {
  const buckets = groupedBy(measuredIn(tables, asked), ({ at }) => `${bucketOf(at, asked.bucket)}`)
  const rows = [...buckets].map(([bucket, of]) => {
    const rooms = [...groupedBy(of, ({ room }) => room).values()].map((ofRoom) => mean(temperatures(ofRoom)) ?? 0)
    return {
      bucket: Number(bucket),
      coldest: rounded(Math.min(...rooms), 2),
      average: rounded(mean(rooms) ?? 0, 2),
      warmest: rounded(Math.max(...rooms), 2),
      rooms: rooms.length,
    }
  })
  return ranked(rows, ['bucket']).map(withBucketTime)
}

export function temperatureChanges(
  tables: SensorTables,
  asked: AskedRooms & { readonly moreThan: number },
): readonly AnswerRow[] {
  const fifth = Math.floor(asked.window / 5)
  const rows = [...groupedBy(measuredIn(tables, asked), ({ room }) => room)].flatMap(([room, of]) => {
    const sensors = [...groupedBy(of, ({ sensor }) => sensor).values()].flatMap((ofSensor) => {
      const first = median(temperatures(ofSensor.filter(({ at }) => at <= asked.streamTime - asked.window + fifth)))
      const last = median(temperatures(ofSensor.filter(({ at }) => at > asked.streamTime - fifth)))
      return first === null || last === null ? [] : [{ first, last }]
    })
    const [before, now] = [mean(sensors.map(({ first }) => first)), mean(sensors.map(({ last }) => last))]
    if (before === null || now === null) return []
    const change = rounded(now - before, 2)
    if (Math.abs(change) <= asked.moreThan) return []
    const shown = { before_c: rounded(before, 2), now_c: rounded(now, 2), change_c: change }
    return [{ by: Math.abs(change), row: { room, ...shown, readings: of.length } }]
  })
  return ranked(
    rows.map(({ by, row }) => ({ by, ...row })),
    ['-by', 'room'],
  ).map(({ by: _by, ...row }) => row)
}

/** From first to last in the order in which the log received them. */
export function sensorQuality(tables: SensorTables, { lateAfter }: { readonly lateAfter: number }): AnswerRow {
  const last = new Map<string, string>()
  const told = { readings: 0, repeats: 0, corrections: 0, late: 0, worst_lateness_ms: 0 }
  let newest: number | null = null
  for (const row of inOrderOfArrival(tables.arrival)) {
    const key = JSON.stringify([row['sensor_id'], Number(row['seq'])])
    const content = JSON.stringify([row['temperature_c'], row['humidity']])
    const before = last.get(key)
    if (before === undefined) told.readings++
    else if (before === content) told.repeats++
    else told.corrections++
    last.set(key, content)
    const [at, received] = [Number(row['ts']), Number(row['received_at'])]
    if (newest !== null && newest - at > lateAfter) {
      told.late++
      told.worst_lateness_ms = Math.max(told.worst_lateness_ms, newest - at)
    }
    newest = Math.max(newest ?? 0, Math.min(at, received))
  }
  return { events: tables.arrival.length, ...told, rejected: tables.rejected.length }
}

export function roomsLike(tables: SensorTables, text: string | undefined): readonly AnswerRow[] {
  const folded = (name: Value | undefined) => `${name}`.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  const rows = tables.room
    .filter(({ room }) => text === undefined || folded(room).startsWith(folded(text)))
    .map(({ room, last_reading_at: at }) => ({ value: `${room}`, last_reading_at: timeText(Number(at)) }))
  return ranked(rows, ['value'])
}

function measuredIn(tables: SensorTables, { streamTime, window, room }: AskedRooms): readonly Measured[] {
  return tables.reading
    .map((row) => ({
      sensor: `${row['sensor_id']}`,
      room: `${row['room']}`,
      seq: Number(row['seq']),
      at: Number(row['ts']),
      temperature: Number(row['temperature_c']),
      humidity: row['humidity'] === null ? null : Number(row['humidity']),
    }))
    .filter(({ at }) => at > streamTime - window && at <= streamTime)
    .filter((measured) => room === undefined || measured.room === room)
}

function means(of: readonly Measured[]) {
  const humidity = mean(of.map((one) => one.humidity).filter((value) => value !== null))
  const temperature = mean(temperatures(of))
  return {
    temperature_c: temperature === null ? null : rounded(temperature, 2),
    humidity: humidity === null ? null : rounded(humidity, 1),
  }
}

function temperatures(of: readonly Measured[]): readonly number[] {
  return of.map(({ temperature }) => temperature)
}

/** To so many digits that the order of adding makes no difference. */
function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null
  return rounded(values.reduce((sum, value) => sum + value, 0) / values.length, 6)
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return mean(sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1))
}

function bucketOf(at: number, bucket: number): number {
  return Math.floor(at / bucket) * bucket
}

function inOrderOfArrival(arrivals: readonly Row[]): readonly Row[] {
  const place = (row: Row) => ['received_at', 'log_partition', 'log_offset'].map((name) => Number(row[name]))
  return arrivals
    .map((row) => ({ row, place: place(row) }))
    .toSorted((a, b) => a.place.map((n, i) => n - (b.place[i] ?? 0)).find((order) => order !== 0) ?? 0)
    .map(({ row }) => row)
}

function withBucketTime({ bucket, ...row }: AnswerRow): AnswerRow {
  return { bucket: timeText(Number(bucket)), ...row }
}

function timeText(at: number): string {
  return shownTime(new Date(at).toISOString())
}
