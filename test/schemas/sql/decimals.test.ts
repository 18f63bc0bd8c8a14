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

  it('of a number that JSON writes in fifteen digits is kept digit by digit, or its event is rejected', async () => {
    const short = decimals.filter((text) => text.replace(/^-?[0.]*/, '').replace('.', '').length <= 15)
    const run = await fc.check(
      fc.asyncProperty(fc.array(short, { minLength: 100, maxLength: 100 }), async (texts) => {
        const numbers = texts.map((text) => JSON.stringify(Number(text)))
        const found = await keptValues(z.number(), { type: 'DECIMAL(20,4)' }, numbers)
        const expected = texts.map((text) => exactly(text, digits))
        // Beyond eleven digits before the point, a number cannot hold four behind it.
        const isHeld = texts.map((text) => Math.abs(Number(text)) < 1e11)
        expect(found.filter((_, n) => isHeld[n])).toEqual(expected.filter((_, n) => isHeld[n]))
        expect(found.filter((text, n) => isHeld[n] !== true && text !== misfit('DECIMAL(20,4)'))).toEqual([])
      }),
      { numRuns: 10 },
    )
    throwBriefly(run)
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
