import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HandMade } from './hand-made.ts'

const streamTime = '2017-03-19T12:00:00Z'
const online = { venue_id: 9, venue_name: 'Online event', lat: -8.521147, lon: 179.1962 }

let tables: HandMade
beforeAll(async () => {
  tables = await HandMade.open()
})
afterAll(() => tables.close())

type Meeting = {
  readonly group: Readonly<Record<string, unknown>>
  readonly venue?: Readonly<Record<string, unknown>>
  readonly event?: Readonly<Record<string, unknown>>
  /** When the answers came; stream time where not said. */
  readonly answeredAt?: readonly string[]
}

/** Each an event of a group of its own, in Bonn unless it says otherwise. */
async function fill(meetings: readonly Meeting[]): Promise<void> {
  const numbered = meetings.map((meeting, n) => ({ ...meeting, n: n + 1 }))
  await tables.fill(
    'groups',
    numbered.map(({ n, group }) => ({ group_id: n, country: 'de', city: 'Bonn', lat: 50, lon: 7, ...group })),
  )
  await tables.fill(
    'venue',
    numbered.flatMap(({ n, venue }) => (venue === undefined ? [] : [{ venue_id: n, ...venue }])),
  )
  await tables.fill(
    'event',
    numbered.map(({ n, venue, event }) => ({
      event_id: `${n}`,
      event_name: 'Chess',
      event_time: '2017-03-20T12:00:00Z',
      group_id: n,
      ...(venue === undefined ? {} : { venue_id: venue['venue_id'] ?? n }),
      ...event,
    })),
  )
  await tables.fill(
    'rsvp',
    numbered.flatMap(({ n, answeredAt = [streamTime] }) =>
      answeredAt.map((mtime, k) => ({ rsvp_id: n * 100 + k, event_id: `${n}`, response: 'yes', guests: 0, mtime })),
    ),
  )
}

async function ask(query: string, given: Readonly<Record<string, string>> = {}) {
  return await tables.ask(query, streamTime, given)
}

describe('a point on the map', () => {
  it('is where the venue is, and where the group is when the venue has no position', async () => {
    await fill([
      { group: { city: 'At venue' }, venue: { lat: 51, lon: 8 } },
      { group: { city: 'Nowhere' }, venue: { lat: 0, lon: 0 } },
      { group: { city: 'Beyond the pole' }, venue: { lat: 90.1, lon: 8 } },
      { group: { city: 'No venue' } },
    ])
    expect((await ask('locations')).map(({ city, lat, lon }) => [city, lat, lon])).toEqual([
      ['At venue', 51, 8],
      ['Beyond the pole', 50, 7],
      ['No venue', 50, 7],
      ['Nowhere', 50, 7],
    ])
  })

  it('is not moved by one venue far away', async () => {
    await fill([
      { group: {}, venue: { lat: 50, lon: 7 } },
      { group: {}, venue: { lat: 50.2, lon: 7.2 } },
      { group: {}, venue: { lat: -33, lon: 151 } },
    ])
    expect(await ask('locations')).toMatchObject([{ answers: 3, lat: 50, lon: 7.2 }])
  })

  it('is not there for events online, and places at 0,0', async () => {
    await fill([{ group: {}, venue: online }, { group: { lat: 0, lon: 0 } }])
    expect(await ask('locations')).toEqual([])
    expect((await ask('event-responses')).map((row) => row['online'])).toEqual([true, false])
  })

  it('counts the answers of its window', async () => {
    await fill([{ group: {}, answeredAt: ['2017-03-19T11:00:00Z', '2017-03-19T11:00:00.001Z', streamTime] }])
    expect(await ask('locations')).toMatchObject([{ answers: 2, yes: 2, events: 1 }])
  })
})

describe('a city', () => {
  it('lies in the middle of its groups, those at 0,0 left out', async () => {
    await fill([{ group: { lat: 50, lon: 7 } }, { group: { lat: 51, lon: 8 } }, { group: { lat: 0, lon: 0 } }])
    expect(await ask('active-cities')).toMatchObject([{ answers: 3, groups: 3, lat: 50.5, lon: 7.5 }])
  })

  it('has no position where none of its groups has one', async () => {
    await fill([{ group: { lat: 0, lon: 0 } }])
    expect(await ask('active-cities')).toMatchObject([{ lat: null, lon: null }])
  })

  it('is another one in another state', async () => {
    const portland = { city: 'Portland', country: 'us' }
    await fill([
      { group: { ...portland, state: 'OR', lat: 45, lon: -122 } },
      { group: { ...portland, state: 'ME', lat: 43, lon: -70 } },
    ])
    for (const query of ['active-cities', 'locations'])
      expect((await ask(query)).map(({ state, lat }) => [state, lat])).toEqual([
        ['ME', 43],
        ['OR', 45],
      ])
  })

  it('is active now in ratio to before', async () => {
    const before = Array.from({ length: 60 }, (_, n) => `2017-03-19T10:${`${n}`.padStart(2, '0')}:00Z`)
    await fill([
      { group: {}, answeredAt: [...before, '2017-03-19T11:45:00Z', ...before.slice(0, 6).map(() => streamTime)] },
    ])
    const [{ answers, change } = {}] = await ask('active-cities')
    expect(answers).toBe(6)
    // 57 of 61 answers in 102 minutes before, 6 in 15 minutes now.
    expect(Number(change)).toBeCloseTo(6 / 15 / (57 / 102), 1)
  })

  it.each(['Zürich', 'zurich', 'ZÜRICH', 'Zu\u0308rich'])('is meant by %s', async (city) => {
    await fill([{ group: { city: 'Zürich' } }, { group: { city: 'Bern' } }])
    for (const query of ['active-cities', 'locations', 'events-on-topic', 'event-responses'])
      expect(await ask(query, { city }), query).toHaveLength(1)
    expect(await ask('lookup', { text: city.slice(0, 5) })).toEqual([{ value: 'Zürich', detail: 'de', count: 1 }])
  })

  it('that is not there is an empty answer', async () => {
    await fill([{ group: {} }])
    for (const query of ['active-cities', 'locations', 'events-on-topic', 'event-responses', 'trending-cities'])
      expect(await ask(query, { city: "Bon'n" }), query).toEqual([])
  })
})

describe('events on a topic', () => {
  const named = (event_name: string) => ({ group: {}, event: { event_name } })
  const names = async (given: Readonly<Record<string, string>>) =>
    (await ask('events-on-topic', given)).map((row) => row['event_name'])

  it('say so in their name, in whole words', async () => {
    await fill(
      ['BIG-DATA night', 'bigdata', 'Data, big', 'We maintain AI', 'C++ café', '登山の会', 'Maintenance'].map(named),
    )
    expect(await names({ topic: 'Big Data' })).toEqual(['BIG-DATA night'])
    expect(await names({ topic: 'ai' })).toEqual(['We maintain AI'])
    expect(await names({ topic: 'c++' })).toEqual(['C++ café'])
    expect(await names({ topic: 'c' })).toEqual([])
    expect(await names({ topic: 'CAFE' })).toEqual(['C++ café'])
    expect(await names({ topic: '登山' })).toEqual(['登山の会'])
    expect(await names({ topic: '!' })).toEqual([])
  })

  it('are those of its groups, by the key or the name of the topic', async () => {
    await fill([named('Chess')])
    await tables.fill('topic', [{ urlkey: 'newtech', topic_name: 'New Téchnology' }])
    await tables.fill('group_topic', [{ urlkey: 'newtech', group_id: 1 }])
    expect(await names({ topic: 'NewTech' })).toEqual(['Chess'])
    expect(await names({ topic: 'new technology' })).toEqual(['Chess'])
    expect(await names({ topic: 'new' })).toEqual([])
  })

  it('are those to come, unless a time is given; their number is that of all', async () => {
    const at = (event_name: string, event_time: string | null) => ({ group: {}, event: { event_name, event_time } })
    await fill([
      at('past', '2017-03-19T11:59:59.999Z'),
      at('now', streamTime),
      at('later', '2017-03-26T12:00:00Z'),
      at('unknown', null),
    ])
    expect(await names({})).toEqual(['now', 'later', 'unknown'])
    expect(await names({ from: '2017-03-19T00:00:00Z' })).toEqual(['past', 'now', 'later'])
    expect(await names({ to: '2017-03-26T12:00:00Z' })).toEqual(['now'])
    expect(await ask('events-on-topic', { limit: '1' })).toMatchObject([{ events: 3 }])
  })
})

describe('names', () => {
  it('are taken literally', async () => {
    await fill([{ group: { city: '100% Bonn' } }, { group: { city: 'Bonn_Süd' } }])
    const cities = async (text: string) => (await ask('lookup', { text })).map((row) => row['value'])
    expect(await cities('%')).toEqual([])
    expect(await cities('100%')).toEqual(['100% Bonn'])
    expect(await cities('bonn_s')).toEqual(['Bonn_Süd'])
    expect(await cities('bonn')).toEqual(['Bonn_Süd', '100% Bonn'])
  })
})

it.each([
  ['active-cities', { window: 'soon' }],
  ['active-cities', { window: '0s' }],
  ['trending-cities', { baseline: '-1h' }],
  ['trending-topics', { groups: '0' }],
  ['locations', { limit: '10001' }],
  ['lookup', { kind: 'planet' }],
  ['events-on-topic', { from: 'tomorrow' }],
])('%s refuses %j', async (query, given) => {
  await expect(ask(query, given)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
})
