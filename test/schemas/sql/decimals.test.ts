import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { throwBriefly } from '../../oracle/throw-briefly.ts'
import { misfit, usingKeptValues } from './kept-values.ts'

const keptValues = usingKeptValues()

describe('every decimal', () => {
  const digits = { precision: 20, scale: 4 }
  const decimals = fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 22n }), fc.nat(8))
    .map(([isNegative, units, scale]) => decimalText(isNegative ? -units : units, scale))

  it('of a text is kept digit by digit, or its event is rejected', async () => {
    const run = await fc.check(
      fc.asyncProperty(fc.array(decimals, { minLength: 100, maxLength: 100 }), async (texts) => {
        const found = await keptValues(
          z.string(),
          { type: 'DECIMAL(20,4)' },
          texts.map((text) => JSON.stringify(text)),
        )
        expect(found).toEqual(texts.map((text) => exactly(text, digits)))
      }),
      { numRuns: 10 },
    )
    throwBriefly(run)
  })

  it.each([0, 2, 4, 10, 18, 23, 30, 37])(
    'of a number that JSON writes in fifteen digits is kept digit by digit, or its event is rejected: scale %i',
    async (scale) => {
      const type = `DECIMAL(38,${scale})` as const
      const short = fc
        .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }), fc.nat(40))
        .map(([isNegative, units, digits]) => decimalText(isNegative ? -units : units, digits))
      const run = await fc.check(
        fc.asyncProperty(fc.array(short, { minLength: 100, maxLength: 100 }), async (texts) => {
          const numbers = texts.map((text) => JSON.stringify(Number(text)))
          const found = await keptValues(z.number(), { type }, numbers)
          expect(found).toEqual(texts.map((text) => exactly(text, { precision: 38, scale })))
        }),
        { numRuns: 4 },
      )
      throwBriefly(run)
    },
  )

  it('of more digits than a number of JSON holds is refused, and whole numbers are kept as far as they are safe', async () => {
    const numbers = ['5.794400000000001e-19', '0.30000000000000004', '9007199254740991', '9007199254740992', '-1e21']
    expect(await keptValues(z.number(), { type: 'DECIMAL(38,2)' }, numbers)).toEqual([
      misfit('DECIMAL(38,2)'),
      misfit('DECIMAL(38,2)'),
      '9007199254740991.00',
      misfit('DECIMAL(38,2)'),
      '-1000000000000000000000.00',
    ])
    expect(await keptValues(z.number(), { type: 'DECIMAL(38,37)' }, ['5.909000000000001e-35', '5.91e-35'])).toEqual([
      misfit('DECIMAL(38,37)'),
      '0.0000000000000000000000000000000000591',
    ])
  })
})

function decimalText(units: bigint, scale: number): string {
  const text = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const whole = text.slice(0, text.length - scale)
  return `${units < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${text.slice(-scale)}`}`
}

/** What a DECIMAL column holds of the text, by arithmetic of whole numbers. */
function exactly(text: string, { precision, scale }: { precision: number; scale: number }): string {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  const isMisfit = /[1-9]/.test(fraction.slice(scale)) || BigInt(whole) >= 10n ** BigInt(precision - scale)
  if (isMisfit) return misfit(`DECIMAL(${precision},${scale})`)
  const units = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'))
  return decimalText(sign === '-' ? -units : units, scale)
}
