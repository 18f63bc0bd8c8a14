import { expect, it } from 'vitest'
import { sensor } from '../../schemas/sensor/dataset.ts'
import { parameterCells } from '../../serving/parameters.ts'

const startMs = Date.UTC(2026, 0, 1)

function generate(
  given: Readonly<Record<string, string>>,
): readonly { readonly dueMs: number; readonly line: string }[] {
  const { generator } = sensor
  if (generator === undefined) throw new TypeError('sensor has no generator')
  return [...generator.generate(parameterCells(generator, new Map(Object.entries(given))), startMs)]
}

const none = { repeats: '0', corrections: '0', late: '0', spikes: '0', broken: '0', dying: '0' }

it('makes the same events for the same options and start, other ones for another seed', () => {
  expect(generate({ count: '500' })).toEqual(generate({ count: '500' }))
  expect(generate({ count: '500', seed: '2' })).not.toEqual(generate({ count: '500' }))
})

it('makes so many readings, at the rate, of each sensor in turn', () => {
  const events = generate({ ...none, count: '40', rooms: '4', sensors: '2', rate: '20' })
  expect(events.map(({ dueMs }) => dueMs)).toEqual(events.map((_, n) => n * 50))
  const readings = events.map(({ line }) => sensor.contract.parse(JSON.parse(line)))
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

it('numbers the readings of a later run beyond those of an earlier one', () => {
  const last = JSON.parse(generate({ ...none, count: '100', rate: '10' }).at(-1)?.line ?? '').seq
  expect(last).toBeLessThan(startMs + 10_000)
})

function keyOf(line: string): string {
  const { sensor_id, seq }: { sensor_id: string; seq: number } = JSON.parse(line)
  return `${sensor_id} ${seq}`
}
