import type { NamedQuery } from '../declare/dataset.ts'
import { loadSql } from '../declare/load-sql.ts'

const limit = {
  type: 'integer',
  description: 'At most this many rows.',
  default: 100,
  minimum: 1,
  maximum: 10_000,
} as const
const room = { type: 'text', description: 'Only this room.' } as const
const window = { type: 'duration', description: 'The last part of the stream, up to stream time: PT15M, 1d.' } as const
const bucket = { type: 'duration', description: 'Length of a bucket: 10s, PT1M.', default: 'PT1M', minimum: 1 } as const
const sql = (name: string) => loadSql(import.meta.url, `queries/${name}.sql`)

export const queries: Readonly<Record<string, NamedQuery>> = {
  'room-latest': {
    description:
      'Per room: the mean of its sensors as they last said, how old that is against stream time, and how many sensors have fallen silent. Silent ones are not in the mean.',
    sql: sql('room-latest'),
    parameters: {
      room,
      window: { ...window, default: 'P1D' },
      silent_after: {
        type: 'duration',
        description: 'A sensor is silent that said nothing for so long.',
        default: 'PT1M',
      },
      limit,
    },
  },
  'room-averages': {
    description: 'Per bucket and room: mean temperature and humidity, newest bucket first.',
    sql: sql('room-averages'),
    parameters: { room, window: { ...window, default: 'PT15M' }, bucket, limit: { ...limit, default: 1000 } },
  },
  'temperature-range': {
    description: 'Per bucket: the coldest, the average and the warmest room.',
    sql: sql('temperature-range'),
    parameters: { room, window: { ...window, default: 'PT15M' }, bucket },
  },
  'temperature-changes': {
    description:
      'Rooms that changed by more than so many degrees within the window: the median of its last fifth against that of its first, sensor by sensor, and their mean.',
    sql: sql('temperature-changes'),
    parameters: {
      room,
      window: { ...window, default: 'PT5M' },
      more_than: { type: 'number', description: 'Degrees Celsius.', default: 0.5, minimum: 0 },
      limit,
    },
  },
  'stream-quality': {
    description:
      'What came, as it came: repeats say the same of a reading again, corrections say something else, late events are older than the newest event time before them.',
    sql: sql('stream-quality'),
    parameters: {
      late_after: {
        type: 'duration',
        description: 'An event is late that is older than stream time at its arrival by more than this.',
        default: 'PT5S',
        minimum: 0,
      },
    },
  },
  'rejected-reasons': {
    description: 'Per reason: how many events broke the contract, and when the newest came.',
    sql: sql('rejected-reasons'),
    parameters: { limit: { ...limit, default: 20 } },
  },
  lookup: {
    description: 'Rooms that begin with a text.',
    sql: sql('lookup'),
    parameters: {
      text: { type: 'text', description: 'The beginning, in any case and without accents. Without it: all.' },
      limit: { ...limit, default: 20 },
    },
  },
}
