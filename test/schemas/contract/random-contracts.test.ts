import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { arbitraryContract } from '../../oracle/arbitrary/contract.ts'
import { datasetOf, TestJudge } from '../../oracle/judge.ts'
import { throwBriefly } from '../../oracle/throw-briefly.ts'

const judge = new TestJudge()

it('the verdict on any event under any contract is what zod says, of all that JSON.stringify can write', async () => {
  const cases = arbitraryContract.chain(({ schema, values }) =>
    fc.record({ schema: fc.constant(schema), values: fc.array(values, { minLength: 60, maxLength: 60 }) }),
  )
  const counts = { accepted: 0, rejected: 0 }
  const run = await fc.check(
    fc.asyncProperty(cases, async ({ schema, values }) => {
      const contract = z.object({ time: z.int().min(0).max(1_000_000), body: schema })
      const texts = values.map((body) => JSON.stringify({ time: 1, body }))
      const reasons = await judge.rejections(datasetOf(contract), texts)
      const disagreed = texts.flatMap((text, index) => {
        const judged = contract.safeParse(JSON.parse(text))
        counts[judged.success ? 'accepted' : 'rejected'] += 1
        if (judged.success === !reasons.has(index)) return []
        return [{ text, reason: reasons.get(index), zod: judged.error?.issues }]
      })
      expect(disagreed).toEqual([])
    }),
    { numRuns: process.env['CI'] === 'true' ? 400 : 60, endOnFailure: true },
  )
  throwBriefly(run)
  // Neither side may win by saying the same of everything.
  expect(Math.min(counts.accepted, counts.rejected)).toBeGreaterThan(400)
})
