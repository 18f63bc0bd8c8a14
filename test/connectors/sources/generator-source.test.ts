import { expect, it } from 'vitest'
import { openGeneratorSource } from '../../../connectors/sources/generator-source.ts'
import { findGenerator, openGenerator } from '../../../cli/roles/open-generator.ts'
import { loadDatasets } from '../../../schemas/declare/load-datasets.ts'

const datasets = await loadDatasets()

it('hands each event on when it is due, those of one moment together', async () => {
  let nowMs = 1000
  const slept: number[] = []
  const clock = {
    now: () => nowMs,
    sleep: async (ms: number) => {
      slept.push(ms)
      nowMs += ms
    },
  }
  const events = [0, 0, 250, 250, 600].map((dueMs) => ({ dueMs, line: `at ${dueMs}` }))
  const batches: string[][] = []
  const source = openGeneratorSource('made-up', () => events, clock)
  for await (const { lines, positionAfter } of source.read(null, new AbortController().signal)) {
    batches.push(lines.map(({ bytes }) => Buffer.from(bytes).toString()))
    expect(lines.map((line) => positionAfter(line))).toEqual(lines.map(() => null))
  }
  expect(batches).toEqual([['at 0', 'at 0'], ['at 250', 'at 250'], ['at 600']])
  expect(slept).toEqual([250, 350])
})

it('tells a run when it began, and begins another one for whoever reads again', async () => {
  let nowMs = 5000
  const clock = { now: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) }
  const generate = (startMs: number) => [{ dueMs: 100, line: `from ${startMs}` }]
  const source = openGeneratorSource('made-up', generate, clock)
  const seen: string[] = []
  for (const position of [null, 'any']) {
    for await (const { lines } of source.read(position, new AbortController().signal))
      seen.push(...lines.map(({ bytes }) => Buffer.from(bytes).toString()))
  }
  expect(seen).toEqual(['from 5000', 'from 5100'])
})

it('hands on what is behind in batches that are not too large', async () => {
  const clock = { now: () => 0, sleep: async () => {} }
  const events = Array.from({ length: 2500 }, (_, n) => ({ dueMs: 0, line: String(n) }))
  const sizes: number[] = []
  for await (const { lines } of openGeneratorSource('behind', () => events, clock).read(
    null,
    new AbortController().signal,
  ))
    sizes.push(lines.length)
  expect(sizes).toEqual([1000, 1000, 500])
})

it('ends when it is told to', async () => {
  const stop = new AbortController()
  const endless = function* () {
    for (let n = 0; ; n += 1) yield { dueMs: n * 10, line: String(n) }
  }
  let nowMs = 0
  const clock = { now: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) }
  let batches = 0
  for await (const _ of openGeneratorSource('endless', endless, clock).read(null, stop.signal)) {
    batches += 1
    if (batches === 3) stop.abort()
  }
  expect(batches).toBe(3)
})

it.each(['sensor://rooms=20&rate=100', 'sensor://?rooms=20', 'sensor://'])('finds the dataset of %s', (address) => {
  expect(findGenerator(datasets, address)?.dataset.name).toBe('sensor')
})

it.each(['rsvp://', 'nothing://', 'http://sensor', 'sensor', 'sensor:'])('finds none for %s', (address) => {
  expect(findGenerator(datasets, address)).toBe(null)
})

it.each([
  ['sensor://rums=20', 'there is no option rums'],
  ['sensor://constructor=1', 'there is no option constructor'],
  ['sensor://rooms=many', 'rooms: expected an integer from 1 to 10000.'],
  ['sensor://rooms=', 'rooms: expected an integer from 1 to 10000.'],
  ['sensor://rate=0', 'rate: expected a number from 0.01'],
  ['sensor://rooms=2&rooms=3', 'rooms: given more than once'],
])('refuses %s, and says what the options mean', (address, message) => {
  const found = findGenerator(datasets, address)
  expect(() => found && openGenerator(found)).toThrow(message)
  expect(() => found && openGenerator(found)).toThrow(/\n {4}rate=10 +Readings a second/)
})
