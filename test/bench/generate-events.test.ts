import { describe, expect, it } from 'vitest'
import { generateEvents } from '../../bench/events/generate-events.ts'
import { recount } from '../oracle/recount.ts'

const receivedMs = Date.UTC(2017, 5, 1)

describe('generated events', () => {
  const count = 20_000
  const lines = [...generateEvents({ count, seed: 1 })]
  const tables = recount(
    lines.map((value, n) => ({ partition: 0, offset: BigInt(n), timestamp: BigInt(receivedMs), value })),
  )

  it('are all accepted', () => {
    expect(tables.rejected).toEqual([])
  })

  it('are the same for the same seed', () => {
    const again = Buffer.concat([...generateEvents({ count: 500, seed: 1 })])
    expect(Buffer.concat([...generateEvents({ count: 500, seed: 1 })]).equals(again)).toBe(true)
    expect(Buffer.concat([...generateEvents({ count: 500, seed: 2 })]).equals(again)).toBe(false)
  })

  it('have the shape of the recording', () => {
    const bytes = lines.reduce((sum, { length }) => sum + length, 0)
    const venueless = lines.filter((line) => !Buffer.from(line).includes('"venue":'))
    expect(bytes / count / 100).toBeCloseTo(13.7, 0)
    expect(tables.rsvp.length / count).toBeCloseTo(0.83, 1)
    expect(tables.group_topic.length / tables.groups.length).toBeCloseTo(11.4, 0)
    expect(venueless.length / count).toBeCloseTo(0.2, 1)
  })
})
