import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryLogs } from '../oracle/arbitrary/events.ts'
import type { RecordedVariant } from '../oracle/recording.ts'
import { throwBriefly } from '../oracle/throw-briefly.ts'
import { everyCut, everyCutOf, expectExactAt, expectNone, someCuts } from './live-cuts.ts'
import { differences } from './merge-run.ts'
import { faultsOf, rsvpFaults } from './planted-faults.ts'
import { rsvpSubject } from './subjects/rsvp.ts'

const isThorough = process.env['CI'] === 'true'

const recorded: RecordedVariant = { partitions: 1, keyed: false, order: 'recorded', seed: 1 }
const others: readonly RecordedVariant[] = [
  { partitions: 4, keyed: false, order: 'recorded', seed: 2, repeats: true, late: true },
  { partitions: 4, keyed: true, order: 'shuffled', seed: 3, repeats: true },
  { partitions: 1, keyed: false, order: 'shuffled', seed: 4, repeats: true, late: true },
  { partitions: 4, keyed: false, order: 'shuffled', seed: 5, repeats: true, late: true },
]

describe('the merged view equals the recount before and after a hand-over, further events arriving', () => {
  it.each(everyCut(rsvpSubject, recorded))(
    'at every cut of the recording, group $group',
    (cuts) => expectExactAt(rsvpSubject, cuts),
    240_000,
  )

  it.each(
    others.flatMap((variant) => (isThorough ? everyCut(rsvpSubject, variant) : someCuts(rsvpSubject, variant, 24))),
  )(
    'at $cuts.length cuts, group $group, of: partitions $variant.partitions, keyed $variant.keyed, $variant.order, repeats $variant.repeats, late $variant.late',
    (cuts) => expectExactAt(rsvpSubject, cuts),
    240_000,
  )

  it('at every cut of generated logs', async () => {
    const run = await fc.check(
      fc.asyncProperty(
        fc.array(arbitraryLogs(24), { minLength: 8, maxLength: 16 }),
        fc.nat(),
        async (generated, seed) => {
          expectNone(await differences(everyCutOf(rsvpSubject, generated, seed)))
        },
      ),
      { numRuns: isThorough ? 40 : 8, endOnFailure: true },
    )
    throwBriefly(run)
  }, 240_000)
})

describe('a fault in the derived SQL is seen', () => {
  const run = everyCutOf(rsvpSubject, fc.sample(arbitraryLogs(24), { numRuns: 24, seed: 11 }), 12)

  it('and there is none without it', async () => {
    expectNone(await differences(run))
  })

  it.each([...faultsOf(rsvpSubject), ...rsvpFaults()])('$name', async ({ rules }) => {
    expect(await differences({ ...run, rules })).not.toEqual([])
  })
})
