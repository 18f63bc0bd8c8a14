import { describe, expect, it } from 'vitest'
import { generateEvents } from '../../bench/generate-events.ts'
import { recount } from './recount.ts'

const receivedMs = Date.UTC(2017, 5, 1)

describe('generated events', () => {
  const count = 20_000
  const lines = [...generateEvents({ count, seed: 1 })]
  const tables = recount(lines.map((value, n) => ({ partition: 0, offset: BigInt(n), timestamp: BigInt(receivedMs), value })))

  it('are all accepted', () => {
    expect(tables.rejected).toEqual([])
  })

  it('are the same for the same seed', () => {
    const again = Buffer.concat([...generateEvents({ count: 500, seed: 1 })])
    expect(Buffer.concat([...generateEvents({ count: 500, seed: 1 })]).equals(again)).toBe(true)
    expect(Buffer.concat([...generateEvents({ count: 500, seed: 2 })]).equals(again)).toBe(false)
  })

  it('have the shape of the recording', () => {
    const share = (n: number) => n / count
    expect(lines.reduce((sum, { length }) => sum + length, 0) / count).toBeWithin(1200, 1600)
    expect(share(tables.rsvp.length)).toBeWithin(0.8, 0.86)
    expect(share(tables.rsvp_change.length)).toBeWithin(0.9, 1)
    expect(tables.group_topic.length / tables.groups.length).toBeWithin(10, 13)
    expect(share(lines.filter((line) => !Buffer.from(line).includes('"venue":')).length)).toBeWithin(0.15, 0.25)
  })
})
