import type { z } from 'zod'
import type { GeneratedEvent, Generator, Parameter } from '../declare/dataset.ts'
import type { Cell } from '../ports/engine.ts'
import { humidityAt, temperatureAt } from './climate.ts'
import type { Reading } from './contract.ts'
import { seededRandom } from './random.ts'
import { WaitingEvents } from './waiting-events.ts'

/** A sensor that dies sends nothing from this time on. */
const deathMs = 120_000
const lateMs = { min: 5_500, max: 60_000 }
const soonMs = { min: 200, max: 3_000 }

export const generator: Generator = {
  description:
    'Rooms with sensors that measure, and do what sensors do: repeat, correct, come late, spike, fall silent.',
  parameters: {
    rooms: integer('Rooms.', { default: 8, minimum: 1, maximum: 10_000 }),
    sensors: integer('Sensors of each room.', { default: 2, minimum: 1, maximum: 100 }),
    rate: {
      type: 'number',
      description: 'Readings a second, of all sensors.',
      default: 10,
      minimum: 0.01,
      maximum: 100_000,
    },
    count: { type: 'integer', description: 'End after so many readings. Without it: never.', minimum: 1 },
    seed: integer('Another seed makes other readings.', { default: 1, minimum: 0, maximum: 2 ** 32 - 1 }),
    repeats: share('is sent again', 0.03),
    corrections: share('is sent again with another value', 0.01),
    late: share('comes up to a minute late', 0.01),
    spikes: share('is far off', 0.001),
    broken: share('is cut off in the middle', 0.001),
    dying: integer('Sensors that fall silent after two minutes.', { default: 1, minimum: 0 }),
  },
  generate,
}

function* generate(parameters: Readonly<Record<string, Cell>>, startMs: number): Iterable<GeneratedEvent> {
  const number = (name: string) => Number(parameters[name] ?? 0)
  const [perRoom, dying, count] = [number('sensors'), number('dying'), number('count') || Infinity]
  const sensors = number('rooms') * perRoom
  const random = seededRandom(number('seed'))
  const between = ({ min, max }: { min: number; max: number }) => min + random() * (max - min)
  const happens = (share: string) => random() < number(share)
  const waiting = new WaitingEvents()
  for (let turn = 0, made = 0; made < count; turn += 1) {
    const dueMs = (turn * 1000) / number('rate')
    // All sensors are dead.
    if (dueMs >= deathMs && dying >= sensors) break
    if (dueMs >= deathMs && turn % sensors < dying) continue
    made += 1
    const spikeC = happens('spikes') ? 40 : 0
    const reading = measured({ turn, sensors, perRoom, ms: startMs + dueMs, startMs, spikeC, random })
    const line = JSON.stringify(reading)
    const sentMs = happens('late') ? dueMs + between(lateMs) : dueMs
    waiting.add({ dueMs: sentMs, line: happens('broken') ? line.slice(0, line.length / 2) : line })
    // Never a correction and a repeat: a repeat that comes after the correction would undo it.
    if (happens('corrections')) waiting.add({ dueMs: sentMs + between(soonMs), line: corrected(reading) })
    else if (happens('repeats')) waiting.add({ dueMs: sentMs + between(soonMs), line })
    yield* waiting.until(dueMs)
  }
  yield* waiting.until(Infinity)
}

type Measuring = {
  readonly turn: number
  readonly sensors: number
  readonly perRoom: number
  readonly ms: number
  readonly startMs: number
  readonly spikeC: number
  readonly random: () => number
}

/** The reading of a turn. Sensors take turns. */
function measured({ turn, sensors, perRoom, ms, startMs, spikeC, random }: Measuring): z.infer<typeof Reading> {
  const sensor = turn % sensors
  const room = Math.floor(sensor / perRoom)
  return {
    sensor_id: `s-${String(sensor + 1).padStart(4, '0')}`,
    room: `room ${String(room + 1).padStart(2, '0')}`,
    temperature_c: rounded(temperatureAt(room, ms) + spikeC + (random() - 0.5) * 0.2, 100),
    humidity: sensor % 3 === 2 ? null : rounded(humidityAt(room, ms) + (random() - 0.5) * 2, 10),
    ts: Math.floor(ms),
    // Numbers begin at the start in microseconds. No sensor measures so often, so a run that starts later has greater
    // numbers.
    seq: startMs * 1000 + Math.floor(turn / sensors),
  }
}

function corrected(reading: z.infer<typeof Reading>): string {
  return JSON.stringify({ ...reading, temperature_c: rounded(reading.temperature_c - 0.5, 100) })
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts
}

function integer(description: string, bounds: Pick<Parameter, 'default' | 'minimum' | 'maximum'>): Parameter {
  return { type: 'integer', description, ...bounds }
}

function share(what: string, usual: number): Parameter {
  return { type: 'number', description: `Share of the readings that ${what}.`, default: usual, minimum: 0, maximum: 1 }
}
