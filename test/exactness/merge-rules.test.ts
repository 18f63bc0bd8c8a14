import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomInt, seededRandom } from '../../bench/seeded-random.ts'
import { arbitraryLogs } from '../oracle/arbitrary-events.ts'
import type { LoggedRecord } from '../oracle/recount.ts'
import { furtherRecords, recordedRecords } from '../oracle/recording.ts'
import type { RecordedVariant } from '../oracle/recording.ts'
import { throwBriefly } from '../oracle/throw-briefly.ts'
import { arrivedLog } from './arrived-log.ts'
import type { ArrivedLog } from './arrived-log.ts'
import { derivedRules } from './merge-rules.ts'
import { differences } from './merge-run.ts'
import type { Difference, MergeRun } from './merge-run.ts'
import { faults } from './planted-faults.ts'
import { planOf } from './plans.ts'

const isThorough = process.env['CI'] === 'true'

/** Cuts that are lived through at once, in two halves beside each other. */
const cutsAtOnce = 194

const recorded: RecordedVariant = { partitions: 1, keyed: false, order: 'recorded', seed: 1 }
const others: readonly RecordedVariant[] = [
  { partitions: 4, keyed: false, order: 'recorded', seed: 2, repeats: true, late: true },
  { partitions: 4, keyed: true, order: 'shuffled', seed: 3, repeats: true },
  { partitions: 1, keyed: false, order: 'shuffled', seed: 4, repeats: true, late: true },
  { partitions: 4, keyed: false, order: 'shuffled', seed: 5, repeats: true, late: true },
]

describe('the merged view equals the recount before and after a hand-over, further events arriving', () => {
  it.each(everyCut(recorded))(
    'at every cut of the recording: $cuts.length from no. $first on',
    ({ variant, cuts }) => expectExact(logOf(variant), cuts),
    240_000,
  )

  it.each(others.flatMap(isThorough ? everyCut : someCuts))(
    'at $cuts.length cuts of: partitions $variant.partitions, keyed $variant.keyed, $variant.order, repeats $variant.repeats, late $variant.late',
    ({ variant, cuts }) => expectExact(logOf(variant), cuts),
    240_000,
  )

  it('at every cut of generated logs', async () => {
    const run = await fc.check(
      fc.asyncProperty(
        fc.array(arbitraryLogs(24), { minLength: 8, maxLength: 16 }),
        fc.nat(),
        async (generated, seed) => {
          expectNone(await differences(everyCutOf(generated, seed)))
        },
      ),
      { numRuns: isThorough ? 40 : 8, endOnFailure: true },
    )
    throwBriefly(run)
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

/** The second half of each log arrives while the hand-over goes on. */
function everyCutOf(generated: readonly (readonly LoggedRecord[])[], seed: number): MergeRun {
  const random = seededRandom(seed)
  const logs = generated.map((records) => arrivedLog(records, Math.ceil(records.length / 2), random))
  const plans = logs.flatMap(({ end }, log) =>
    Array.from({ length: end + 1 }, (_, cut) => planOf(logs, { log, cut }, random)),
  )
  return { logs, plans, rules: derivedRules }
}

type CutsOf = { readonly variant: RecordedVariant; readonly first: string; readonly cuts: readonly number[] }

function everyCut(variant: RecordedVariant): readonly CutsOf[] {
  const count = recordedRecords(variant).length + 1
  return Array.from({ length: Math.ceil(count / cutsAtOnce) }, (_, n) => {
    const first = n * cutsAtOnce
    return {
      variant,
      first: `${first}`,
      cuts: Array.from({ length: Math.min(cutsAtOnce, count - first) }, (_, m) => first + m),
    }
  })
}

function someCuts(variant: RecordedVariant): readonly CutsOf[] {
  const random = seededRandom(variant.seed)
  const count = recordedRecords(variant).length + 1
  return [{ variant, first: '0', cuts: Array.from({ length: 24 }, () => randomInt(random, count)) }]
}

async function expectExact(log: ArrivedLog, cuts: readonly number[]): Promise<void> {
  const random = seededRandom(cuts[0] ?? 0)
  const plans = cuts.map((cut) => planOf([log], { log: 0, cut }, random))
  const halves = [plans.filter((_, n) => n % 2 === 0), plans.filter((_, n) => n % 2 === 1)]
  const found = await Promise.all(halves.map((half) => differences({ logs: [log], plans: half, rules: derivedRules })))
  expectNone(found.flat())
}

function expectNone(found: readonly Difference[]): void {
  for (const { plan, moment, actual, expected } of found)
    expect(actual, `${moment}, ${JSON.stringify(plan)}`).toEqual(expected)
}
