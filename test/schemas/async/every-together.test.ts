import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { everyTogether } from '../../../schemas/async/every-together.ts'

beforeEach(() => void vi.useFakeTimers({ now: 10_300 }))
afterEach(() => void vi.useRealTimers())

/** The times at which the interval ran. */
function timesOf(intervalMs: number): { readonly times: number[]; readonly stop: () => void } {
  const times: number[] = []
  return { times, stop: everyTogether(intervalMs, () => times.push(Date.now())) }
}

it('runs all that has the same interval at the same moments, whenever it began', () => {
  const first = timesOf(1000)
  vi.advanceTimersByTime(150)
  const second = timesOf(1000)
  vi.advanceTimersByTime(2600)
  expect(first.times).toEqual([11_000, 12_000, 13_000])
  expect(second.times).toEqual(first.times)
  first.stop()
  second.stop()
})

it('runs no more once it is stopped', () => {
  const { times, stop } = timesOf(1000)
  vi.advanceTimersByTime(1000)
  stop()
  vi.advanceTimersByTime(5000)
  expect(times).toEqual([11_000])
  expect(vi.getTimerCount()).toBe(0)
})

it('runs once for a moment, also where the timer rings early', () => {
  const { times, stop } = timesOf(1000)
  vi.advanceTimersByTime(700)
  // The clock says that the next moment is still two milliseconds away when the timer rings.
  vi.setSystemTime(11_998 - 1000)
  vi.advanceTimersByTime(1000)
  expect(times).toEqual([11_000, 11_998])
  vi.advanceTimersByTime(1002)
  expect(times).toEqual([11_000, 11_998, 13_000])
  stop()
})
