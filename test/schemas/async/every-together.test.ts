import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { everyTogether } from '../../../schemas/async/every-together.ts'

beforeEach(() => void vi.useFakeTimers({ now: 300 }))
afterEach(() => void vi.useRealTimers())

/** The times at which the interval ran. The clock is `aheadMs` ahead of the timers. */
function timesOf(intervalMs: number, aheadMs = () => 0): { readonly times: number[]; readonly stop: () => void } {
  const times: number[] = []
  const now = () => Date.now() + aheadMs()
  return { times, stop: everyTogether(intervalMs, () => times.push(now()), now) }
}

it('runs all that has the same interval at the same moments, whenever it began', () => {
  const first = timesOf(1000)
  vi.advanceTimersByTime(150)
  const second = timesOf(1000)
  vi.advanceTimersByTime(2600)
  expect(first.times).toEqual([1000, 2000, 3000])
  expect(second.times).toEqual(first.times)
  first.stop()
  second.stop()
})

it('runs no more once it is stopped', () => {
  const { times, stop } = timesOf(1000)
  vi.advanceTimersByTime(1000)
  stop()
  vi.advanceTimersByTime(5000)
  expect(times).toEqual([1000])
  expect(vi.getTimerCount()).toBe(0)
})

it('runs once for a moment, also where the timer rings early', () => {
  let ahead = 0
  const { times, stop } = timesOf(1000, () => ahead)
  ahead = -2
  vi.advanceTimersByTime(700)
  expect(times).toEqual([998])
  vi.advanceTimersByTime(1002)
  expect(times).toEqual([998, 2000])
  stop()
})

it('goes on with the next moment where one was missed', () => {
  let ahead = 0
  const { times, stop } = timesOf(1000, () => ahead)
  // The timer that was due at 1000 rings when the clock says 2600.
  ahead = 1600
  vi.advanceTimersByTime(700)
  vi.advanceTimersByTime(400)
  vi.advanceTimersByTime(1000)
  expect(times).toEqual([2600, 3000, 4000])
  stop()
})
