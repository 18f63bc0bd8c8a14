import { expect, it } from 'vitest'
import { Reading } from '../../../schemas/sensor/contract.ts'
import { sensor } from '../../../schemas/sensor/dataset.ts'
import { parameterCells } from '../../../serving/requests/parameters.ts'

const startMs = Date.UTC(2026, 0, 1)

function generate(
  given: Readonly<Record<string, string>>,
  startsMs = startMs,
): readonly { readonly dueMs: number; readonly line: string }[] {
  const { generator } = sensor
  if (generator === undefined) throw new TypeError('sensor has no generator')
  return [...generator.generate(parameterCells(generator, new Map(Object.entries(given))), startsMs)]
}

const none = { repeats: '0', corrections: '0', late: '0', spikes: '0', broken: '0', dying: '0' }

it('makes the same events for the same options and start, other ones for another seed', () => {
  expect(generate({ count: '500' })).toEqual(generate({ count: '500' }))
  expect(generate({ count: '500', seed: '2' })).not.toEqual(generate({ count: '500' }))
})

it('makes so many readings, at the rate, of each sensor in turn', () => {
  const events = generate({ ...none, count: '40', rooms: '4', sensors: '2', rate: '20' })
  expect(events.map(({ dueMs }) => dueMs)).toEqual(events.map((_, n) => n * 50))
  const readings = events.map(({ line }) => Reading.parse(JSON.parse(line)))
  expect(new Set(readings.map((reading) => JSON.stringify(reading))).size).toBe(40)
  expect(new Set(events.map(({ line }) => JSON.parse(line).sensor_id)).size).toBe(8)
  expect(new Set(events.map(({ line }) => JSON.parse(line).room)).size).toBe(4)
})

it('hands events on in the order they are due, those that are held back among them', () => {
  const due = generate({ count: '3000', rate: '100', late: '0.1', repeats: '0.1' }).map(({ dueMs }) => dueMs)
  expect(due).toEqual(due.toSorted((a, b) => a - b))
})

it.each([
  ['repeats', (lines: readonly string[]) => lines.length - new Set(lines).size],
  ['corrections', (lines: readonly string[]) => lines.length - new Set(lines.map(keyOf)).size],
  ['spikes', (lines: readonly string[]) => lines.filter((line) => JSON.parse(line).temperature_c > 45).length],
  ['broken', (lines: readonly string[]) => lines.filter((line) => !line.endsWith('}')).length],
])('makes about the share of %s that was asked for', (fault, count) => {
  const lines = generate({ ...none, [fault]: '0.1', count: '5000', rate: '1000' }).map(({ line }) => line)
  expect(count(lines)).toBeGreaterThan(400)
  expect(count(lines)).toBeLessThan(600)
})

it('sends late what is late', () => {
  const events = generate({ ...none, late: '0.1', count: '5000', rate: '100' })
  const late = events.filter(({ dueMs, line }) => startMs + dueMs - JSON.parse(line).ts >= 5000)
  expect(late.length).toBeGreaterThan(400)
})

it('lets sensors die', () => {
  const events = generate({ ...none, dying: '3', count: '2000', rate: '10', rooms: '4', sensors: '2' })
  const alive = events.filter(({ dueMs }) => dueMs > 150_000).map(({ line }) => JSON.parse(line).sensor_id)
  expect(new Set(alive).size).toBe(5)
})

it('ends once no sensor is left, and makes as many readings as it was asked for while one is', () => {
  const two = { ...none, rooms: '1', sensors: '2', rate: '1' }
  expect(generate({ ...two, dying: '2' })).toHaveLength(120)
  expect(generate({ ...two, dying: '2', count: '1000' })).toHaveLength(120)
  expect(generate({ ...two, dying: '1', count: '1000' })).toHaveLength(1000)
})

it('numbers the readings of each sensor in turn, those of a later run beyond all of an earlier one', () => {
  const numbers = (startsMs: number, rate: string) =>
    generate({ ...none, rooms: '1', sensors: '1', rate, count: '3000' }, startsMs).map(({ line }) => seqOf(line))
  const first = numbers(startMs, '100000')
  expect(first).toEqual(first.map((_, n) => (first[0] ?? 0) + n))
  // The first run has lasted for 30 ms.
  expect(numbers(startMs + 30, '0.1')[0]).toBeGreaterThan(first.at(-1) ?? Infinity)
  expect(Number.isSafeInteger(numbers(Date.UTC(2200, 0, 1), '1').at(-1))).toBe(true)
})

it('lets no repeat take a correction back', () => {
  const lines = generate({ ...none, count: '2000', rate: '100', repeats: '0.5', corrections: '0.5', late: '0.2' }).map(
    ({ line }) => line,
  )
  const newest = new Map(lines.map((line) => [keyOf(line), line]))
  const lineCounts = new Map<string, number>()
  for (const line of new Set(lines)) lineCounts.set(keyOf(line), (lineCounts.get(keyOf(line)) ?? 0) + 1)
  const corrected = [...newest].filter(([key]) => (lineCounts.get(key) ?? 0) > 1).map(([, line]) => line)
  const first = new Map(lines.toReversed().map((line) => [keyOf(line), line]))
  expect(corrected.length).toBeGreaterThan(500)
  for (const line of corrected)
    expect(JSON.parse(line).temperature_c).toBeLessThan(JSON.parse(first.get(keyOf(line)) ?? '').temperature_c)
})

it('makes readings that look alive: rooms differ, each changes, and none is absurd', () => {
  const byRoom = new Map<string, number[]>()
  for (const { line } of generate({ ...none, count: '6000', rate: '10' })) {
    const { room, temperature_c: c, humidity } = Reading.parse(JSON.parse(line))
    byRoom.set(room, [...(byRoom.get(room) ?? []), c])
    expect(humidity === null || humidity === undefined || (humidity > 20 && humidity < 90)).toBe(true)
  }
  const means = [...byRoom.values()].map((all) => all.reduce((sum, c) => sum + c, 0) / all.length)
  expect(Math.max(...means) - Math.min(...means)).toBeGreaterThan(2)
  for (const all of byRoom.values()) {
    expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(0.5)
    expect(Math.min(...all)).toBeGreaterThan(10)
    expect(Math.max(...all)).toBeLessThan(35)
  }
})

function seqOf(line: string): number {
  return JSON.parse(line).seq
}

function keyOf(line: string): string {
  const { sensor_id, seq }: { sensor_id: string; seq: number } = JSON.parse(line)
  return `${sensor_id} ${seq}`
}
