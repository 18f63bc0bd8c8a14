import { expect, it } from 'vitest'
import { amissTexts } from '../../../serving/dashboard/page/amiss.ts'

const since = '2026-11-28T19:00:00.000Z'
const clock = (time: string): string => time.slice(11, 16)

it('names each part that fails, since when and why, before what is only noted', () => {
  const failing = [{ part: 'batch runs of rsvp', since, failures: 100, reason: 'out of memory' }]
  expect(amissTexts({ failing, notes: { 'losses of rsvp': '4 offsets are lost' } }, clock)).toEqual([
    'batch runs of rsvp, failing since 19:00: out of memory',
    'losses of rsvp: 4 offsets are lost',
  ])
})

it('says the same while the same goes on failing, so that it is spoken once', () => {
  const texts = [1, 2, 3].map((failures) => {
    const failing = [{ part: 'log', since, failures, reason: 'full' }]
    return amissTexts({ failing, notes: {} }, clock).join()
  })
  expect(new Set(texts).size).toBe(1)
})

it('is silent while nothing is amiss', () => {
  expect(amissTexts({ failing: [], notes: {} }, clock)).toEqual([])
})
