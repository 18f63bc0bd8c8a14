import { expect, it } from 'vitest'
import { exitCodeOfReports } from '../../../cli/flags/exit-code.ts'

const clean = { differences: [], lost: new Map() }
const lacking = { differences: [], lost: new Map([[0, [{ firstOffset: 3n, nextOffset: 5n }]]]) }
const different = {
  differences: [{ check: 'tables', subject: 'rsvp', message: 'lacks rows', count: 1, examples: [] }],
  lost: new Map(),
} as const

it.each([
  { reports: [clean], isLossAllowed: false, code: 0 },
  { reports: [clean, lacking], isLossAllowed: false, code: 4 },
  { reports: [clean, lacking], isLossAllowed: true, code: 0 },
  { reports: [lacking, different], isLossAllowed: false, code: 3 },
  { reports: [lacking, different], isLossAllowed: true, code: 3 },
])('verify ends with $code, losses allowed: $isLossAllowed', ({ reports, isLossAllowed, code }) => {
  expect(exitCodeOfReports(reports, isLossAllowed)).toBe(code)
})
