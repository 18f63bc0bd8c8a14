import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { contractNode } from '../../../schemas/contract/contract.ts'
import { madeUpValues } from '../../../schemas/contract/made-up-values.ts'
import { arbitraryContract } from '../../oracle/arbitrary/contract.ts'

const valuesOf = (contract: z.ZodType) => madeUpValues(contractNode(contract), new Map())

it('makes values of each kind up, with what may be absent and without, with elements and without', () => {
  const contract = z.object({
    n: z.int().min(3),
    text: z.string().startsWith('no-').min(5).nullish(),
    day: z.iso.date().optional(),
    list: z.array(z.int()).max(2),
    of: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), map: z.record(z.string(), z.number().lt(0)) }),
      z.object({ kind: z.literal('b') }),
    ]),
  })
  expect(valuesOf(contract)).toEqual([
    { n: 3, text: 'no-aa', day: '2017-03-19', list: [1, 0], of: { kind: 'a', map: { a: -1, '': -1, 7: -1, A: -1 } } },
    { n: 9007199254740991, text: null, day: undefined, list: [], of: { kind: 'a', map: {} } },
    { n: 3, text: undefined, day: '2017-03-19', list: [1, 0], of: { kind: 'b' } },
  ])
})

it('makes values up that most contracts accept', () => {
  const contracts = fc.sample(arbitraryContract, { numRuns: 500, seed: 1 })
  const accepted = contracts.filter(({ schema }) => {
    const contract = z.object({ body: schema })
    return valuesOf(contract).some((value) => contract.safeParse(value).success)
  })
  expect(accepted.length).toBeGreaterThan(450)
})

it('takes the values that are wished for, as far as a text may be such', () => {
  const root = contractNode(z.object({ day: z.iso.date() }))
  const node = 'fields' in root ? root.fields.get('day')?.node : undefined
  if (node === undefined) throw new TypeError('the contract has a day')
  expect(madeUpValues(root, new Map([[node, ['7', '2020-02-29']]]))).toEqual([{ day: '2020-02-29' }])
  expect(madeUpValues(root, new Map([[node, ['7']]]))).toEqual([{ day: '2017-03-19' }])
})
