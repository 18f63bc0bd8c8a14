import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HandMade } from './hand-made.ts'

const streamTime = '2017-03-19T12:00:00Z'
/** Each of a member, event and group of its own. */
const answeredAt = [
  '2017-03-19T11:00:00Z',
  '2017-03-19T11:00:00.001Z',
  '2017-03-19T12:00:00Z',
  '2017-03-19T12:00:00.001Z',
]

let tables: HandMade
beforeAll(async () => {
  tables = await HandMade.open()
  const numbered = answeredAt.map((mtime, n) => ({ n: n + 1, mtime }))
  const group = { lat: 0, lon: 0, city: 'Bonn', country: 'de' }
  await tables.fill(
    'rsvp',
    numbered.map(({ n, mtime }) => ({ rsvp_id: n, event_id: `${n}`, member_id: n, response: 'yes', guests: 2, mtime })),
  )
  await tables.fill(
    'event',
    numbered.map(({ n }) => ({ event_id: `${n}`, event_name: 'Chess', group_id: n })),
  )
  await tables.fill(
    'groups',
    numbered.map(({ n }) => ({ group_id: n, ...group })),
  )
})
afterAll(() => tables.close())

describe.each([
  ['most-active-members', 'member_id'],
  ['most-popular-groups', 'group_id'],
  ['busiest-events', 'event_id'],
  ['newest-answers', 'rsvp_id'],
])('%s', (query, key) => {
  async function idsOf(given: Readonly<Record<string, string>>): Promise<readonly number[]> {
    return (await tables.ask(query, streamTime, given)).map((row) => Number(row[key])).toSorted((a, b) => a - b)
  }

  it('counts from behind the beginning of its window to stream time', async () => {
    expect(await idsOf({ window: 'PT1H' })).toEqual([2, 3])
  })

  it('without a window counts all of history', async () => {
    expect(await idsOf({})).toEqual([1, 2, 3, 4])
  })

  it('takes a country in either case', async () => {
    expect(await idsOf({ country: 'DE' })).toHaveLength(4)
    expect(await idsOf({ country: 'at' })).toEqual([])
  })

  it('takes a city in any case, with or without accents', async () => {
    expect(await idsOf({ city: 'BÓNN' })).toHaveLength(4)
    expect(await idsOf({ city: 'Köln' })).toEqual([])
  })
})

describe('answers whose event and group the view does not hold', () => {
  beforeAll(() => tables.fill('event', []))

  it.each([
    ['most-active-members', 4],
    ['busiest-events', 4],
    ['newest-answers', 4],
    ['most-popular-groups', 0],
  ])('are in %s, unless it is about groups', async (query, count) => {
    expect(await tables.ask(query, streamTime)).toHaveLength(count)
    expect(await tables.ask(query, streamTime, { country: 'de' })).toEqual([])
    expect(await tables.ask(query, streamTime, { city: 'Bonn' })).toEqual([])
  })
})
