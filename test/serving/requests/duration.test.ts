import { expect, it } from 'vitest'
import { durationMs } from '../../../serving/requests/duration.ts'

it.each([
  ['PT15M', 900_000],
  ['pt15m', 900_000],
  ['15m', 900_000],
  ['P1D', 86_400_000],
  ['P1DT12H', 129_600_000],
  ['P2W', 1_209_600_000],
  ['PT1,5H', 5_400_000],
  ['1.5h', 5_400_000],
  ['90s', 90_000],
  ['250ms', 250],
  ['PT0S', 0],
])('reads %s', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

it.each(['', 'P', 'PT', 'P1DT', '15', 'm', '-15m', 'P1M', 'P1Y', '1e3s', 'PT15', 'PT1M2H', '15m30s', ' 15m', '15 m'])(
  'refuses %j',
  (text) => {
    expect(durationMs(text)).toBe(null)
  },
)
