import * as fc from 'fast-check'
import { receivedMs } from './events.ts'

/** Small pools, so that keys collide and versions tie. */
const sensors = fc.constantFrom('s1', 's2', '', 'ß', "o'clock \\ 登山")
const rooms = fc.constantFrom('a', 'b', 'Küche', '')
const times = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 }).map((n) => receivedMs - 4000 + n * 1000) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, receivedMs - 86_400_000, receivedMs + 60_000) },
)
const measured = fc.constantFrom(0, -0, 21.5, -40, 1e-7, 1e21, 0.1 + 0.2)

/** An accepted reading. Its humidity may be there, null or missing. */
export const acceptedReadings = fc.record(
  {
    sensor_id: sensors,
    room: rooms,
    temperature_c: measured,
    humidity: fc.option(measured, { nil: null, freq: 4 }),
    ts: times,
    seq: fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER),
  },
  { requiredKeys: ['sensor_id', 'room', 'temperature_c', 'ts', 'seq'] },
)
