import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../bench/seeded-random.ts'
import { arbitraryLogs } from '../oracle/arbitrary-events.ts'
import type { LoggedRecord } from '../oracle/recount.ts'
import { furtherRecords, recordedRecords } from '../oracle/recording.ts'
import type { RecordedVariant } from '../oracle/recording.ts'
import { arrivedLog } from './arrived-log.ts'
import type { ArrivedLog } from './arrived-log.ts'
import { derivedRules } from './merge-rules.ts'
import { differences } from './merge-run.ts'
import type { Difference, MergeRun } from './merge-run.ts'
import { faults } from './planted-faults.ts'
import { planOf } from './plans.ts'

const isThorough = process.env['CI'] === 'true'

/** Cuts that are lived through at once. */
const cutsAtOnce = 257

const recorded: RecordedVariant = { partitions: 1, keyed: false, order: 'recorded', seed: 1 }
const others: readonly RecordedVariant[] = [
  { partitions: 4, keyed: false, order: 'recorded', seed: 2, repeats: true, late: true },
  { partitions: 4, keyed: true, order: 'shuffled', seed: 3, repeats: true },
  { partitions: 1, keyed: false, order: 'shuffled', seed: 4, repeats: true, late: true },
  { partitions: 4, keyed: false, order: 'shuffled', seed: 5, repeats: true, late: true },
]

describe('the merged view equals the recount before and after a hand-over, further events arriving', () => {
  const log = logOf(recorded)
  it.each(startsOf(log))(
    'at every cut of the recording from %i on',
    async (first) => {
      await expectExact(log, cutsFrom(first, log))
    },
    240_000,
  )

  it.skipIf(isThorough).each(others)(
    'at some cuts of: partitions $partitions, keyed $keyed, $order, repeats $repeats, late $late',
    async (variant) => {
      const other = logOf(variant)
      const random = seededRandom(variant.seed)
      await expectExact(
        other,
        Array.from({ length: 24 }, () => Math.floor(random() * (other.end + 1))),
      )
    },
    240_000,
  )

  describe.runIf(isThorough).each(others)(
    'partitions $partitions, keyed $keyed, $order, repeats $repeats, late $late',
    (variant) => {
      const other = logOf(variant)
      it.each(startsOf(other))(
        'at every cut from %i on',
        async (first) => {
          await expectExact(other, cutsFrom(first, other))
        },
        240_000,
      )
    },
  )

  it('at every cut of generated logs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryLogs(24), { minLength: 8, maxLength: 16 }),
        fc.nat(),
        async (generated, seed) => {
          expectNone(await differences(everyCutOf(generated, seed)))
        },
      ),
      { numRuns: isThorough ? 60 : 8, endOnFailure: true },
    )
  }, 240_000)
})

describe('a fault in the derived SQL is seen', () => {
  const run = everyCutOf(fc.sample(arbitraryLogs(24), { numRuns: 24, seed: 11 }), 12)

  it('and there is none without it', async () => {
    expectNone(await differences(run))
  })

  it.each(faults)('$name', async ({ rules }) => {
    expect(await differences({ ...run, rules })).not.toEqual([])
  })
})

function logOf(variant: RecordedVariant): ArrivedLog {
  const records = recordedRecords(variant)
  const further = furtherRecords(records, { count: 40, seed: variant.seed })
  return arrivedLog([...records, ...further], records.length, seededRandom(variant.seed))
}

/** The last quarter of each log arrives while the hand-over goes on. */
function everyCutOf(generated: readonly (readonly LoggedRecord[])[], seed: number): MergeRun {
  const random = seededRandom(seed)
  const logs = generated.map((records) => arrivedLog(records, Math.ceil(records.length * 0.75), random))
  const plans = logs.flatMap(({ end }, log) =>
    Array.from({ length: end + 1 }, (_, cut) => planOf(logs, { log, cut }, random)),
  )
  return { logs, plans, rules: derivedRules }
}

function startsOf({ end }: ArrivedLog): readonly number[] {
  return Array.from({ length: Math.ceil((end + 1) / cutsAtOnce) }, (_, n) => n * cutsAtOnce)
}

function cutsFrom(first: number, { end }: ArrivedLog): readonly number[] {
  return Array.from({ length: Math.min(cutsAtOnce, end + 1 - first) }, (_, n) => first + n)
}

async function expectExact(log: ArrivedLog, cuts: readonly number[]): Promise<void> {
  const random = seededRandom(cuts[0] ?? 0)
  const plans = cuts.map((cut) => planOf([log], { log: 0, cut }, random))
  expectNone(await differences({ logs: [log], plans, rules: derivedRules }))
}

function expectNone(found: readonly Difference[]): void {
  for (const { plan, moment, actual, expected } of found)
    expect(actual, `${moment}, ${JSON.stringify(plan)}`).toEqual(expected)
}
