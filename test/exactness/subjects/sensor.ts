import { sensor } from '../../../schemas/sensor/dataset.ts'
import { sensorRecording } from '../../oracle/sensor-recording.ts'
import { createSensorRecount } from '../../oracle/sensor-recount.ts'
import { sensorColumns } from '../../oracle/sensor-rows.ts'
import type { SensorTableName } from '../../oracle/sensor-rows.ts'
import type { Subject } from './subject.ts'
import { prefixed } from './worlds.ts'

export const sensorSubject: Subject = {
  dataset: sensor,
  tables: sensorColumns,
  createRecount: createSensorRecount,
  recording: sensorRecording,
  keys: {
    eventSql: `CASE WHEN event IS NOT NULL THEN
  struct_update(event, sensor_id := ${prefixed('event.sensor_id')}, room := ${prefixed('event.room')}) END`,
    tellingColumn: {
      room: 'room',
      sensor: 'sensor_id',
      reading: 'sensor_id',
      arrival: 'log_partition',
      rejected: 'log_partition',
    } satisfies Record<SensorTableName, string>,
    numbers: [],
    texts: ['sensor_id', 'room'],
  },
}
