import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryLogs, receivedMs } from '../oracle/arbitrary/events.ts'
import { acceptedReadings } from '../oracle/arbitrary/readings.ts'
import type { RecordedVariant } from '../oracle/recording.ts'
import { recountBy } from '../oracle/recount.ts'
import { createSensorRecount } from '../oracle/sensor-recount.ts'
import { throwBriefly } from '../oracle/throw-briefly.ts'
import { everyCut, everyCutOf, expectExactAt, expectNone, someCuts } from './live-cuts.ts'
import { differences } from './merge-run.ts'
import { faultsOf } from './planted-faults.ts'
import { sensorSubject } from './subjects/sensor.ts'

const isThorough = process.env['CI'] === 'true'

const variants: readonly RecordedVariant[] = [
  { partitions: 1, keyed: false, order: 'recorded', seed: 6 },
  { partitions: 4, keyed: false, order: 'recorded', seed: 7, repeats: true, late: true },
  { partitions: 4, keyed: true, order: 'shuffled', seed: 8, repeats: true },
  { partitions: 1, keyed: false, order: 'shuffled', seed: 9, repeats: true, late: true },
]
const cutsOf = (variant: RecordedVariant) =>
  isThorough ? everyCut(sensorSubject, variant) : someCuts(sensorSubject, variant, 8)
const logs = arbitraryLogs(24, acceptedReadings)

describe('of room sensors, the merged view equals the recount before and after a hand-over, further events arriving', () => {
  it.each(variants.flatMap(cutsOf))(
    'at $cuts.length cuts, group $group, of: partitions $variant.partitions, keyed $variant.keyed, $variant.order, repeats $variant.repeats, late $variant.late',
    (cuts) => expectExactAt(sensorSubject, cuts),
    240_000,
  )

  it('at every cut of generated logs', async () => {
    const run = await fc.check(
      fc.asyncProperty(fc.array(logs, { minLength: 8, maxLength: 16 }), fc.nat(), async (generated, seed) => {
        expectNone(await differences(everyCutOf(sensorSubject, generated, seed)))
      }),
      { numRuns: isThorough ? 40 : 2, endOnFailure: true },
    )
    throwBriefly(run)
  }, 240_000)
})

it('a reading may lie a minute ahead of the log, and not a millisecond more', async () => {
  const reading = { sensor_id: 's1', room: 'a', temperature_c: 20, seq: 1 }
  const records = [0, 1].map((n) => ({
    partition: 0,
    offset: BigInt(n),
    timestamp: BigInt(receivedMs),
    value: Buffer.from(JSON.stringify({ ...reading, ts: receivedMs + 60_000 + n })),
  }))
  const tables = recountBy(createSensorRecount, records)
  expect([tables.arrival.length, tables.rejected.length]).toEqual([1, 1])
  expectNone(await differences(everyCutOf(sensorSubject, [records], 1)))
})

describe('a fault in the SQL derived for room sensors is seen', () => {
  const run = everyCutOf(sensorSubject, fc.sample(logs, { numRuns: 24, seed: 11 }), 12)

  it('and there is none without it', async () => {
    expectNone(await differences(run))
  })

  it.each(faultsOf(sensorSubject))('$name', async ({ rules }) => {
    expect(await differences({ ...run, rules })).not.toEqual([])
  })
})
