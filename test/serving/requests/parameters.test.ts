import { expect, it } from 'vitest'
import type { Parameter } from '../../../schemas/declare/dataset.ts'
import { parameterCells } from '../../../serving/requests/parameters.ts'

const cell = (parameter: Omit<Parameter, 'description'>, text?: string) =>
  parameterCells(
    { parameters: { p: { description: '', ...parameter } } },
    new Map(text === undefined ? [] : [['p', text]]),
  )['p']

it('reads a time as RFC 3339 or epoch milliseconds into one form', () => {
  for (const text of [
    '2017-03-19T12:30:00Z',
    '2017-03-19T13:30:00+01:00',
    '2017-03-19T13:30:00 01:00',
    '1489926600000',
  ]) {
    expect(cell({ type: 'timestamp' }, text)).toBe('2017-03-19T12:30:00.000Z')
  }
  for (const text of [
    '',
    'now',
    '2017-03-19',
    '2017-02-30T00:00:00Z',
    '2017-03-19T12:30:00',
    '253402300800000',
    '-1',
    '1.5',
  ]) {
    expect(() => cell({ type: 'timestamp' }, text)).toThrow('p: expected a time as RFC 3339')
  }
})

it('reads integers of 64 bits exactly', () => {
  expect(cell({ type: 'integer' }, '-9223372036854775808')).toBe(-9223372036854775808n)
  expect(cell({ type: 'integer' }, '9223372036854775807')).toBe(9223372036854775807n)
  expect(() => cell({ type: 'integer' }, '9223372036854775808')).toThrow('p: expected an integer')
  expect(() => cell({ type: 'integer', minimum: 2 }, '1')).toThrow('p: expected an integer from 2')
})

it('takes any text of bounded length, the default where none is given, and null where there is none', () => {
  expect(cell({ type: 'text' }, `'; DROP TABLE member; --`)).toBe(`'; DROP TABLE member; --`)
  expect(cell({ type: 'text' }, '')).toBe('')
  expect(() => cell({ type: 'text' }, 'x'.repeat(4001))).toThrow('p: longer than 4000 characters.')
  expect(cell({ type: 'text', default: 'a' })).toBe('a')
  expect(cell({ type: 'timestamp', default: 0 })).toBe('1970-01-01T00:00:00.000Z')
  expect(cell({ type: 'integer' })).toBe(null)
})
