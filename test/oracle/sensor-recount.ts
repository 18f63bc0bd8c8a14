import { Newest } from './answers/newest.ts'
import { positionOf } from './recount.ts'
import type { LoggedRecord, Recount } from './recount.ts'
import { sortRows } from './rows.ts'
import type { Row, TablesOf } from './rows.ts'
import { rejectedRow } from './rsvp-rows.ts'
import { judgeReading, readingArrivalRow, readingRow, roomRow, sensorRow } from './sensor-rows.ts'
import type { JudgedReading, SensorTableName } from './sensor-rows.ts'

export type SensorTables = TablesOf<SensorTableName>

export function createSensorRecount(): Recount<SensorTableName> {
  const newest = { room: new Newest(), sensor: new Newest(), reading: new Newest() }
  const appended: { readonly arrival: Row[]; readonly rejected: Row[] } = { arrival: [], rejected: [] }

  function accept(record: LoggedRecord, reading: JudgedReading): void {
    const { room, sensor_id: sensorId, seq, ts } = reading
    const version = { time: Number(ts), partition: record.partition, offset: record.offset, position: 0 }
    newest.room.offer(room, version, [roomRow(reading)])
    newest.sensor.offer(sensorId, version, [sensorRow(reading)])
    newest.reading.offer(JSON.stringify([sensorId, Number(seq)]), version, [readingRow(reading)])
    appended.arrival.push(readingArrivalRow(record, reading))
  }

  return {
    add(record) {
      const reading = judgeReading(record)
      if (reading === null) appended.rejected.push(rejectedRow(record))
      else accept(record, reading)
    },
    tables: (isShown = () => true) => ({
      room: sortRows(newest.room.rows(isShown)),
      sensor: sortRows(newest.sensor.rows(isShown)),
      reading: sortRows(newest.reading.rows(isShown)),
      arrival: sortRows(appended.arrival.filter((row) => isShown(positionOf(row)))),
      rejected: sortRows(appended.rejected.filter((row) => isShown(positionOf(row)))),
    }),
  }
}
