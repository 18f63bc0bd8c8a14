import type { GeneratedEvent, Generator, Parameter } from '../dataset.ts'
import type { Cell } from '../engine.ts'
import { humidityAt, temperatureAt } from './climate.ts'
import { seededRandom } from './random.ts'

/** A sensor that dies says nothing from here on. */
const deathMs = 120_000
const lateMs = { min: 5_000, max: 60_000 }
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
      maximum: 1_000_000,
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

/** What is sent again, or late, waits here until it is due. */
class Waiting {
  readonly #events: GeneratedEvent[] = []

  add(event: GeneratedEvent): void {
    const at = this.#events.findIndex(({ dueMs }) => dueMs > event.dueMs)
    this.#events.splice(at === -1 ? this.#events.length : at, 0, event)
  }

  *due(untilMs: number): Iterable<GeneratedEvent> {
    let next = this.#events[0]
    while (next !== undefined && next.dueMs <= untilMs) {
      this.#events.shift()
      yield next
      next = this.#events[0]
    }
  }
}

function* generate(parameters: Readonly<Record<string, Cell>>, startMs: number): Iterable<GeneratedEvent> {
  const number = (name: string) => Number(parameters[name] ?? 0)
  const [rooms, perRoom, rate] = [number('rooms'), number('sensors'), number('rate')]
  const count = parameters['count'] === null ? Infinity : number('count')
  const random = seededRandom(number('seed'))
  const between = ({ min, max }: { min: number; max: number }) => min + random() * (max - min)
  const happens = (share: string) => random() < number(share)
  const waiting = new Waiting()
  for (let n = 0; n < count; n += 1) {
    const dueMs = (n * 1000) / rate
    const sensor = n % (rooms * perRoom)
    yield* waiting.due(dueMs)
    if (sensor < number('dying') && dueMs >= deathMs) continue
    const room = Math.floor(sensor / perRoom)
    const ts = Math.floor(startMs + dueMs)
    const spike = happens('spikes') ? 40 : 0
    const reading = {
      sensor_id: `s-${String(sensor + 1).padStart(4, '0')}`,
      room: `room ${String(room + 1).padStart(2, '0')}`,
      temperature_c: rounded(temperatureAt(room, ts) + spike + (random() - 0.5) * 0.2, 100),
      humidity: sensor % 3 === 2 ? null : rounded(humidityAt(room, ts) + (random() - 0.5) * 2, 10),
      ts,
      // A run that starts later begins beyond the numbers of this one.
      seq: startMs + Math.floor(n / (rooms * perRoom)),
    }
    const line = JSON.stringify(reading)
    if (happens('late')) waiting.add({ dueMs: dueMs + between(lateMs), line })
    else yield { dueMs, line: happens('broken') ? line.slice(0, Math.floor(line.length / 2)) : line }
    if (happens('repeats')) waiting.add({ dueMs: dueMs + between(soonMs), line })
    if (happens('corrections')) {
      const corrected = JSON.stringify({ ...reading, temperature_c: rounded(reading.temperature_c - 0.5, 100) })
      waiting.add({ dueMs: dueMs + between(soonMs), line: corrected })
    }
  }
  yield* waiting.due(Infinity)
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
