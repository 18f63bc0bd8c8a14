import type { Table } from '../declare/dataset.ts'

/** Sensor and number identify a reading. Sent again it is a repeat, sent with another value a correction. */
export const tables: Readonly<Record<string, Table>> = {
  room: {
    kind: 'latest',
    key: ['room'],
    columns: { room: { path: 'room', type: 'VARCHAR' }, last_reading_at: { path: 'ts', type: 'TIMESTAMPTZ' } },
  },
  sensor: {
    kind: 'latest',
    key: ['sensor_id'],
    columns: {
      sensor_id: { path: 'sensor_id', type: 'VARCHAR' },
      room: { path: 'room', type: 'VARCHAR' },
      last_reading_at: { path: 'ts', type: 'TIMESTAMPTZ' },
    },
    references: { room: 'room.room' },
  },
  reading: {
    kind: 'latest',
    key: ['sensor_id', 'seq'],
    columns: {
      sensor_id: { path: 'sensor_id', type: 'VARCHAR' },
      seq: { path: 'seq', type: 'BIGINT' },
      // Somebody may carry a sensor to another room. Its older readings stay with the old room.
      room: { path: 'room', type: 'VARCHAR' },
      ts: { path: 'ts', type: 'TIMESTAMPTZ' },
      temperature_c: { path: 'temperature_c', type: 'DOUBLE' },
      humidity: { path: 'humidity', type: 'DOUBLE' },
    },
    references: { sensor_id: 'sensor.sensor_id', room: 'room.room' },
  },
  arrival: {
    kind: 'append',
    key: ['log_partition', 'log_offset'],
    columns: {
      log_partition: { path: '$partition', type: 'INTEGER' },
      log_offset: { path: '$offset', type: 'BIGINT' },
      received_at: { path: '$timestamp', type: 'TIMESTAMPTZ' },
      sensor_id: { path: 'sensor_id', type: 'VARCHAR' },
      seq: { path: 'seq', type: 'BIGINT' },
      ts: { path: 'ts', type: 'TIMESTAMPTZ' },
      temperature_c: { path: 'temperature_c', type: 'DOUBLE' },
      humidity: { path: 'humidity', type: 'DOUBLE' },
    },
    references: { sensor_id: 'sensor.sensor_id' },
  },
}
