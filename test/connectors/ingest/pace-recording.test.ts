import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { paceRecording } from '../../../connectors/ingest/pace-recording.ts'
import { splitLines } from '../../../schemas/split-lines.ts'

const timeOf = (line: Uint8Array) => {
  const found = /^t=(\d+)$/.exec(Buffer.from(line).toString())
  return found === null ? undefined : Number(found[1])
}
const mtimeOf = (line: Uint8Array) => {
  const found = /"mtime":(\d+)/.exec(Buffer.from(line).toString())
  return found === null ? undefined : Number(found[1])
}
const dueTimes = (lines: readonly string[], speedup: number) => {
  const pacer = paceRecording({ timeOf, speedup, now: () => 100 })
  return lines.map((line) => pacer(Buffer.from(line)))
}

it('paces by event time, so many times faster', () => {
  expect(dueTimes(['t=10000', 't=11000', 't=11500'], 10)).toEqual([100, 200, 250])
})

it('goes by the newest time seen: a late event is due at once and moves nothing', () => {
  expect(dueTimes(['t=10000', 't=10', 't=11000'], 1)).toEqual([100, 100, 1100])
})

it('sends a line that names no time with the one before it', () => {
  expect(dueTimes(['{cut off', 't=10000', 'x', 't=10500'], 1)).toEqual([100, 100, 100, 600])
})

it('waits five recorded seconds at most between two lines', () => {
  expect(dueTimes(['t=10', 't=9000000', 't=9001000'], 10)).toEqual([100, 600, 700])
})

it('takes two minutes for the bundled recording at ten times its speed', async () => {
  const recording = await readFile(new URL('../../../recordings/rsvps-2017-03-19.ndjson', import.meta.url))
  const { lines } = splitLines(recording, { lineBytesMax: 1_000_000 })
  const pacer = paceRecording({ timeOf: mtimeOf, speedup: 10, now: () => 0 })
  const lastDueMs = lines.reduce((_, { bytes }) => pacer(bytes), 0)
  expect(lines).toHaveLength(1542)
  expect(lastDueMs).toBeGreaterThan(110_000)
  expect(lastDueMs).toBeLessThan(125_000)
})
