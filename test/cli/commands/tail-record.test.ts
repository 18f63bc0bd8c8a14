import { expect, it } from 'vitest'
import { recordJson } from '../../../cli/commands/tail/record.ts'

it.each([
  [1_489_926_600_000n, '2017-03-19T12:30:00.000Z'],
  [-1n, '1969-12-31T23:59:59.999Z'],
  [9_200_000_000_000_000_000n, '9200000000000000000'],
])('shows the time %i that a producer wrote as %s', (timestamp, shown) => {
  const record = { offset: 0n, timestamp, hasLogTime: false, key: null, headers: [], value: null }
  expect(JSON.parse(recordJson(0, record))).toMatchObject({ timestamp: shown })
})
