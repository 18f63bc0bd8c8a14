import type { Count, Filter, Panel } from '../declare/dataset.ts'

export const counts: Readonly<Record<string, Count>> = {
  readings: {
    title: 'Readings',
    table: 'reading',
    where: 'true',
    naive: { table: 'arrival', where: 'true' },
  },
  warm: {
    title: 'Readings above 22 °C',
    table: 'reading',
    where: 'temperature_c > 22',
    naive: { table: 'arrival', where: 'temperature_c > 22' },
  },
}

export const filters: Readonly<Record<string, Filter>> = {
  room: { label: 'Room', suggest: { query: 'lookup', column: 'value' } },
}

export const panels: readonly Panel[] = [
  {
    kind: 'series',
    page: 'now',
    title: 'Temperature',
    note: 'The coldest, the average and the warmest room in every ten seconds of the last ten minutes, in °C.',
    feed: 'now',
    answer: 'range',
    time: 'bucket',
    values: ['coldest', 'average', 'warmest'],
  },
  {
    kind: 'bars',
    page: 'now',
    title: 'Rooms',
    note: 'The mean of the sensors of each room as they last said, in °C. Choose one to see it alone.',
    feed: 'now',
    answer: 'rooms',
    label: ['room'],
    value: 'temperature_c',
    sets: { room: 'room' },
  },
  {
    kind: 'list',
    page: 'now',
    title: 'Rooms that change',
    note: 'More than half a degree within five minutes of the stream.',
    feed: 'now',
    answer: 'changes',
    columns: ['room', 'before_c', 'now_c', 'change_c', 'readings'],
  },
  {
    kind: 'list',
    page: 'now',
    title: 'Sensors',
    note: 'Humidity in percent, and sensors that said nothing for a minute.',
    feed: 'now',
    answer: 'rooms',
    columns: ['room', 'humidity', 'sensors', 'silent_sensors'],
  },
  {
    kind: 'figures',
    page: 'quality',
    title: 'What came, as it came',
    note: 'Repeats say the same of a reading again, corrections something else. Late ones are over five seconds behind.',
    feed: 'quality',
    answer: 'stream',
    columns: ['events', 'readings', 'repeats', 'corrections', 'late', 'rejected'],
  },
  {
    kind: 'bars',
    page: 'quality',
    title: 'Rejected events',
    note: 'Events that break the contract, by reason. They are kept with their bytes and counted nowhere else.',
    feed: 'quality',
    answer: 'rejected',
    label: ['reason'],
    value: 'events',
  },
]
