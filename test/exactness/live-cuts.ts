import { expect } from 'vitest'
import { randomInt } from '../../bench/events/random.ts'
import { seededRandom } from '../../schemas/sensor/random.ts'
import type { LoggedRecord } from '../oracle/recount.ts'
import { furtherRecords, recordedRecords } from '../oracle/recording.ts'
import type { RecordedVariant } from '../oracle/recording.ts'
import { arrivedLog } from './arrived-log.ts'
import type { ArrivedLog } from './arrived-log.ts'
import { derivedRules } from './merge-rules.ts'
import { differences } from './merge-run.ts'
import type { Difference, MergeRun } from './merge-run.ts'
import { planOf } from './plans.ts'
import type { Subject } from './subjects/subject.ts'

/** Cuts that are lived through at once, in two halves beside each other. */
const cutsAtOnce = 194

export type CutsOf = { readonly variant: RecordedVariant; readonly group: number; readonly cuts: readonly number[] }

export function everyCut({ recording }: Subject, variant: RecordedVariant): readonly CutsOf[] {
  const count = recordedRecords(variant, recording).length + 1
  return inGroups(
    variant,
    Array.from({ length: count }, (_, cut) => cut),
  )
}

/** Cuts that the variant's seed draws. */
export function someCuts({ recording }: Subject, variant: RecordedVariant, length: number): readonly CutsOf[] {
  const random = seededRandom(variant.seed)
  const count = recordedRecords(variant, recording).length + 1
  return inGroups(
    variant,
    Array.from({ length }, () => randomInt(random, count)),
  )
}

function inGroups(variant: RecordedVariant, cuts: readonly number[]): readonly CutsOf[] {
  return Array.from({ length: Math.ceil(cuts.length / cutsAtOnce) }, (_, n) => ({
    variant,
    group: n + 1,
    cuts: cuts.slice(n * cutsAtOnce, (n + 1) * cutsAtOnce),
  }))
}

/** The merged view equals the recount before and after a hand-over at each of the cuts of the recording. */
export async function expectExactAt(subject: Subject, { variant, cuts }: CutsOf): Promise<void> {
  const log = logOf(subject, variant)
  const random = seededRandom(cuts[0] ?? 0)
  const plans = cuts.map((cut) => planOf([log], { log: 0, cut }, random))
  const halves = [plans.filter((_, n) => n % 2 === 0), plans.filter((_, n) => n % 2 === 1)]
  const rules = derivedRules(subject.dataset)
  const found = await Promise.all(halves.map((half) => differences({ subject, logs: [log], plans: half, rules })))
  expectNone(found.flat())
}

/** The second half of each log arrives while the hand-over goes on. */
export function everyCutOf(subject: Subject, generated: readonly (readonly LoggedRecord[])[], seed: number): MergeRun {
  const random = seededRandom(seed)
  const logs = generated.map((records) => arrivedLog(records, Math.ceil(records.length / 2), random))
  const plans = logs.flatMap(({ end }, log) =>
    Array.from({ length: end + 1 }, (_, cut) => planOf(logs, { log, cut }, random)),
  )
  return { subject, logs, plans, rules: derivedRules(subject.dataset) }
}

export function expectNone(found: readonly Difference[]): void {
  for (const { plan, moment, actual, expected } of found)
    expect(actual, `${moment}, ${JSON.stringify(plan)}`).toEqual(expected)
}

function logOf({ recording }: Subject, variant: RecordedVariant): ArrivedLog {
  const records = recordedRecords(variant, recording)
  const further = furtherRecords(records, { count: 40, seed: variant.seed, recording })
  return arrivedLog([...records, ...further], records.length, seededRandom(variant.seed))
}
