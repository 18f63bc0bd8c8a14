import { expect, it } from 'vitest'
import { CallerWaits } from '../../../serving/requests/caller-waits.ts'

function setUp() {
  let nowMs = 0
  const limits = { firstMs: 5_000, waitMsMax: 60_000, quietMs: 100_000, callersMax: 3 }
  const waits = new CallerWaits(limits, () => nowMs)
  return {
    waits,
    pass: (ms: number) => (nowMs += ms),
    /** Seconds, 0 where the caller need not wait. */
    left: (caller: string): number => {
      try {
        waits.check(caller)
        return 0
      } catch (error) {
        expect(error).toMatchObject({ code: 'BUSY' })
        return error instanceof Object && 'retryAfterS' in error ? Number(error.retryAfterS) : Number.NaN
      }
    },
  }
}

it('a wait ends, and concerns its caller alone', () => {
  const { waits, pass, left } = setUp()
  waits.begin('a')
  expect([left('a'), left('b')]).toEqual([5, 0])
  pass(4_999)
  expect(left('a')).toBe(1)
  pass(1)
  expect(left('a')).toBe(0)
})

it('each wait of a caller is twice the last, up to a limit', () => {
  const { waits, pass, left } = setUp()
  const seconds = Array.from({ length: 6 }, () => {
    waits.begin('a')
    const wait = left('a')
    pass(wait * 1000)
    return wait
  })
  expect(seconds).toEqual([5, 10, 20, 40, 60, 60])
})

it('a caller who has been quiet begins anew', () => {
  const { waits, pass, left } = setUp()
  waits.begin('a')
  waits.begin('a')
  pass(10_000 + 99_999)
  waits.begin('a')
  expect(left('a')).toBe(20)
  pass(20_000 + 100_000)
  waits.begin('a')
  expect(left('a')).toBe(5)
})

it('of too many callers, who had to wait longest ago is forgotten', () => {
  const { waits, left } = setUp()
  for (const caller of ['a', 'b', 'c', 'a', 'd']) waits.begin(caller)
  expect(['a', 'b', 'c', 'd'].map(left)).toEqual([10, 0, 5, 5])
})
