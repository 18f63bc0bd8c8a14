import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roundTicks, tickTexts } from '../../../serving/dashboard/charts/value-ticks.ts'

function texts(...values: readonly number[]): readonly string[] {
  return tickTexts(roundTicks(values, 4))
}

describe('the ticks of an axis', () => {
  it.each([
    [
      [0, 864],
      ['0', '200', '400', '600', '800', '1,000'],
    ],
    [
      [0, 5_690_459_460],
      ['0', '2B', '4B', '6B'],
    ],
    [
      [-5e12, -2.1e12],
      ['-5T', '-4T', '-3T', '-2T'],
    ],
    [
      [-1.2, 2.9],
      ['-2', '-1', '0', '1', '2', '3'],
    ],
    [
      [0, 12_000],
      ['0', '2K', '4K', '6K', '8K', '10K', '12K'],
    ],
    [
      [20.3, 21.9],
      ['20.0', '20.5', '21.0', '21.5', '22.0'],
    ],
    [
      [0, 0.000_29],
      ['0', '0.0001', '0.0002', '0.0003'],
    ],
    // Far from nothing a letter would make all of them one.
    [
      [9_000_000_000, 9_000_000_007.25],
      ['9,000,000,000', '9,000,000,002', '9,000,000,004', '9,000,000,006', '9,000,000,008'],
    ],
    [
      [0, 9e27],
      ['0', '2.0E27', '4.0E27', '6.0E27', '8.0E27', '1.0E28'],
    ],
    [[5], ['5.0', '5.1']],
    [[], ['0', '1']],
  ])('of %j are %j', (values, expected) => {
    expect(texts(...values)).toEqual(expected)
  })

  it('hold all values, and no two of them read alike', () => {
    const value = fc
      .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: -12, max: 30 }))
      .map(([digits, power]) => Number(`${digits}e${power}`))
    fc.assert(
      fc.property(value, value, (a, b) => {
        const ticks = roundTicks([a, b], 4)
        expect(ticks.length).toBeLessThan(12)
        expect(ticks[0]).toBeLessThanOrEqual(Math.min(a, b))
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(Math.max(a, b))
        expect(new Set(tickTexts(ticks)).size).toBe(ticks.length)
      }),
    )
  })
})
