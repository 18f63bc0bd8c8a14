import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { Literal } from '../../../schemas/contract/node.ts'
import { constantFits } from '../../../schemas/sql/columns/constant-fits.ts'
import { throwBriefly } from '../../oracle/throw-briefly.ts'
import { misfit, usingKeptValues } from './kept-values.ts'
import type { ColumnAs } from './kept-values.ts'

const keptValues = usingKeptValues()

const decimals = ['DECIMAL(4,2)', 'DECIMAL(5,0)', 'DECIMAL(38,0)', 'DECIMAL(38,20)'] as const
const ofNumbers: readonly ColumnAs[] = [
  ...(['BIGINT', 'INTEGER', 'UBIGINT', 'HUGEINT', 'DOUBLE', ...decimals] as const).map((type) => ({ type })),
  ...(['TIMESTAMPTZ', 'DATE'] as const).flatMap((type) =>
    ([undefined, 's', 'ms', 'us'] as const).map((from) => (from === undefined ? { type } : { type, from })),
  ),
]
const ofTexts: readonly ColumnAs[] = (
  ['BIGINT', 'INTEGER', 'UBIGINT', 'HUGEINT', 'VARCHAR', 'TIMESTAMPTZ', 'DATE', ...decimals] as const
).map((type) => ({ type }))

const edges = [0, 99.99, 99.999, 100, -99.99, 0.1 + 0.2, 1e21, 1e22, 1e-7, 1.5, -0, 5e-324, 1e300]
const limits = [2 ** 31, 2 ** 53, 2 ** 63, 2 ** 64, 1e38, 253_402_300_799, 62_135_596_800].flatMap((limit) => [
  limit,
  limit - 1,
  limit + 1,
  -limit,
  -limit - 1,
])
const numbers = fc.oneof(
  fc.constantFrom(...edges, ...limits, ...limits.map((limit) => limit * 1000)),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer().map((cents) => cents / 100),
)

const digits = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String)
const days = fc
  .tuple(fc.constantFrom('0000', '0001', '1900', '2016', '2017', '9999'), fc.integer({ min: 0, max: 13 }), fc.nat(32))
  .map(([year, month, day]) => [year, ...[month, day].map((part) => String(part).padStart(2, '0'))].join('-'))
const offsets = fc.constantFrom('Z', '', '+00', '-01:00', '+0530', '+15:59', '-15:59', '+24:00', '+1')
const times = fc
  .tuple(
    days,
    fc.constantFrom('T', ' ', 't'),
    fc.constantFrom('00:00:00', '23:59:59.999999', '24:00:00', '12:30'),
    offsets,
  )
  .map((parts) => parts.join(''))
const texts = fc.oneof(
  digits,
  fc.constantFrom(
    '9223372036854775807',
    '9223372036854775808',
    '18446744073709551615',
    '18446744073709551616',
    '9'.repeat(38),
  ),
  fc
    .tuple(fc.integer({ min: -200, max: 200 }), fc.constantFrom('0', '5', '50', '05', '555', ''))
    .map((both) => both.join('.')),
  fc.constantFrom(
    '',
    '-0',
    '007',
    '+7',
    '.5',
    '5.',
    '-',
    '1e2',
    ' 1',
    '1_000',
    'infinity',
    'epoch',
    '0012.50',
    '99.999',
  ),
  days,
  times,
)

it.each<[string, z.ZodType, fc.Arbitrary<Literal>, readonly ColumnAs[]]>([
  ['a number', z.number(), numbers, ofNumbers],
  ['a text', z.string(), texts, ofTexts],
])('%s fits a column where it is defined as it does in the engine', async (_name, contract, constants, columns) => {
  const run = await fc.check(
    fc.asyncProperty(fc.array(constants, { minLength: 200, maxLength: 200 }), async (values) => {
      for (const column of columns) {
        const kept = await keptValues(
          contract,
          column,
          values.map((value) => JSON.stringify(value)),
        )
        const said = values.map((value) => [value, constantFits(value, column)])
        expect(said, JSON.stringify(column)).toEqual(values.map((value, n) => [value, kept[n] !== misfit(column.type)]))
      }
    }),
    { numRuns: process.env['CI'] === 'true' ? 8 : 2, endOnFailure: true },
  )
  throwBriefly(run)
})
