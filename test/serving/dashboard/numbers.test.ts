import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  alikeNumbers,
  compactNumber,
  decimalNumber,
  exactNumber,
  formatNumber,
} from '../../../serving/dashboard/page/numbers.ts'
import { addUp } from '../../../serving/dashboard/sql/add-up.ts'

describe('a number on the page', () => {
  it.each([
    ['196222740.00', '196,222,740.00'],
    ['-98765432109.87', '-98,765,432,109.87'],
    ['9007199254740993', '9,007,199,254,740,993'],
    ['0.000001', '0.000001'],
    [-1_962_227_400.5, '-1,962,227,400.5'],
    [999, '999'],
    [1e21, '1e+21'],
    ['NaN', 'NaN'],
  ])('%s has every digit as %s', (value, text) => {
    expect(exactNumber(value)).toBe(text)
  })

  it('loses no digit, whatever a column of integers or decimals holds', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(99), (whole, cents) => {
        const answered = `${whole}.${String(cents).padStart(2, '0')}`
        expect(exactNumber(answered).replaceAll(',', '')).toBe(answered)
        expect(exactNumber(String(whole))).toBe(whole.toLocaleString('en'))
      }),
    )
  })

  it.each([
    [196_222_740, '196M'],
    ['-1962227400.50', '-1.96B'],
    ['9007199254740993000', '9.01E18'],
    [12, '12'],
  ])('%s is %s in the compact form', (value, text) => {
    expect(compactNumber(value)).toBe(text)
  })

  it.each([
    [49.7, 'DECIMAL(12,2)', '49.70'],
    [1234, 'DECIMAL(38,0)', '1,234'],
    [-0.000001, 'DECIMAL(38,6)', '-0.000001'],
    [49.74, 'DOUBLE', null],
    [49.74, 'DECIMAL(38,37)', null],
  ])('%s of a %s keeps the digits of its type: %s', (value, type, text) => {
    expect(decimalNumber(value, type)).toBe(text)
  })

  it('that is a fraction has three figures at a glance', () => {
    expect([0.123_456, 21.349, 1234.5, 7].map(formatNumber)).toEqual(['0.123', '21.3', '1,235', '7'])
  })

  it('has one form with those it is compared with, and every digit beside the compact one', () => {
    expect(alikeNumbers(['196222740.00', null, 5], 14)).toEqual([
      { text: '196,222,740.00', exact: '196,222,740.00' },
      { text: '–', exact: '–' },
      { text: '5', exact: '5' },
    ])
    expect(alikeNumbers(['196222740.00', null, 5], 13)).toEqual([
      { text: '196M', exact: '196,222,740.00' },
      { text: '–', exact: '–' },
      { text: '5', exact: '5' },
    ])
  })
})

describe('what adding the layers would say', () => {
  it.each([
    [[1200, 4], 1000, '1,204', '+204'],
    [['9007199254740993', 1], '9007199254740994', '9,007,199,254,740,994', '0'],
    [[1, null], 3, '1', '−2'],
    [[0.5, 0.25], 0.75, '0.75', '0'],
  ])('of %s beside %s is %s, off by %s', (parts, whole, sum, off) => {
    expect(addUp(parts, whole)).toEqual({ sum, off })
  })
})
