import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { views } from '../../serving/replica/reader.ts'
import { activeCities, eventResponses, locations } from '../oracle/answers/city-answers.ts'
import { eventsOnTopic, lookup } from '../oracle/answers/topic-answers.ts'
import { trendingCities, trendingTopics } from '../oracle/answers/trends.ts'
import { ThreeViews } from './three-views.ts'

const [minute, hour] = [60_000, 3_600_000]
const all = { limit: '10000' }

let recorded: ThreeViews
let streamTime: number
beforeAll(async () => {
  recorded = await ThreeViews.open()
  streamTime = recorded.streamTime ?? 0
})
afterAll(() => recorded.close())

const places = [
  { given: {}, where: {} },
  { given: { country: 'GB' }, where: { country: 'gb' } },
  { given: { city: 'zurich' }, where: { city: 'Zürich' } },
  { given: { city: 'LÓNDON', country: 'gb' }, where: { city: 'London', country: 'gb' } },
  { given: { city: 'Atlantis' }, where: { city: 'Atlantis' } },
] as const

describe.each(views)('under the %s view', (view) => {
  const tables = () => recorded.tables[view]

  it.each(places)('active cities are those of a plain count, for $given', async ({ given, where }) => {
    for (const [spans, window, baseline] of [
      [{}, 15 * minute, 6 * hour],
      [{ window: '5m', baseline: '3m' }, 5 * minute, 3 * minute],
      [{ window: 'PT1H' }, hour, 6 * hour],
    ] as const)
      expect(await recorded.ask('active-cities', { ...given, ...spans, ...all }, view)).toEqual(
        activeCities(tables(), { ...where, streamTime, window, baseline }),
      )
  })

  it.each(places)('trends are those of a plain count, for $given', async ({ given, where }) => {
    for (const [spans, window, baseline] of [
      [{}, 5 * minute, 6 * hour],
      [{ window: '10m', baseline: '4m' }, 10 * minute, 4 * minute],
      [{ window: '1m', baseline: '60d' }, minute, 60 * 24 * hour],
    ] as const) {
      const asked = { ...where, streamTime, window, baseline }
      expect(await recorded.ask('trending-cities', { ...given, ...spans, ...all }, view)).toEqual(
        trendingCities(tables(), { ...asked, groups: 1 }),
      )
      expect(await recorded.ask('trending-topics', { ...given, ...spans, ...all }, view)).toEqual(
        trendingTopics(tables(), { ...asked, groups: 2 }),
      )
    }
  })

  it.each(places)('events, their answers and places are those of a plain count, for $given', async (place) => {
    const { given, where } = place
    expect(await recorded.ask('event-responses', { ...given, ...all }, view)).toEqual(eventResponses(tables(), where))
    for (const [span, window] of [
      [{}, hour],
      [{ window: '4m' }, 4 * minute],
      [{ window: '60d' }, 60 * 24 * hour],
    ] as const)
      expect(await recorded.ask('locations', { ...given, ...span, ...all }, view)).toEqual(
        locations(tables(), { ...where, window, streamTime }),
      )
  })

  it.each([
    { topic: 'Big Data' },
    { topic: 'big-data', country: 'IN' },
    { topic: 'YOGA', city: 'london' },
    { topic: 'café' },
    { topic: '読書会' },
    { topic: '%' },
    { topic: 'no such topic' },
    { city: 'Tōkyō' },
    { from: '2017-03-19T12:00:00Z', to: '1490000000000', topic: 'fitness' },
    { from: '2000-01-01T00:00:00Z' },
    { to: '2017-03-20T00:00:00Z' },
  ])('events on a topic are those of a plain search, for %j', async ({ from, to, ...given }) => {
    const times = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
    const expected = eventsOnTopic(tables(), {
      ...given,
      ...(from === undefined ? {} : { from: Date.parse(from) }),
      ...(to === undefined ? {} : { to: to === '1490000000000' ? 1_490_000_000_000 : Date.parse(to) }),
      streamTime,
    })
    expect(await recorded.ask('events-on-topic', { ...given, ...times, ...all }, view)).toEqual(expected)
  })

  it.each([
    { kind: 'city', text: 'lon' },
    { kind: 'city', text: 'ZUR' },
    { kind: 'city', text: 'york' },
    { kind: 'city', text: '' },
    { kind: 'city', text: '%' },
    { kind: 'city', text: 'Lodnon' },
    { kind: 'topic', text: 'data scienec' },
    { kind: 'group', text: 'qqq' },
    { kind: 'topic', text: ' Big d' },
    { kind: 'topic', text: '_' },
    { kind: 'group', text: 'Data' },
    { kind: 'country', text: '' },
    { kind: 'country', text: 'G' },
  ] as const)('names are those of a plain search, for %j', async (asked) => {
    expect(await recorded.ask('lookup', { ...asked, ...all }, view)).toEqual(lookup(tables(), asked))
  })
})

describe('of the recording', () => {
  const ask = (query: string, given: Readonly<Record<string, string>> = {}) => recorded.ask(query, given, 'merged')

  it('the cities active at its end are these', async () => {
    const cities = await ask('active-cities', { limit: '3' })
    expect(cities.map(({ city, answers, yes, no }) => [city, answers, yes, no])).toEqual([
      ['London', 65, 43, 22],
      ['New York', 27, 15, 12],
      ['Sydney', 26, 18, 8],
    ])
  })

  it('the city and the topic that rise most are these', async () => {
    const rising = { rate_now: 108, now_count: 9, baseline_ms: 782_492 }
    expect(await ask('trending-cities', { limit: '1' })).toEqual([
      {
        ...rising,
        country: 'es',
        state: null,
        city: 'Madrid',
        score: 0.726,
        expected_rate: 25.3,
        baseline_count: 5,
        groups: 5,
      },
    ])
    expect(await ask('trending-topics', { limit: '1' })).toEqual([
      {
        ...rising,
        urlkey: 'professional-women',
        topic_name: 'Professional Women',
        score: 2.641,
        expected_rate: 2.3,
        baseline_count: 0,
        groups: 8,
      },
    ])
  })

  it('one event on Big Data is scheduled in Mumbai, of 33 everywhere', async () => {
    expect(await ask('events-on-topic', { topic: 'Big Data', city: 'Mumbai' })).toMatchObject([
      { events: 1, event_id: '238016652', group_name: 'DataGiri', event_time: '2017-03-25T07:30:00Z' },
    ])
    expect(await ask('events-on-topic', { topic: 'Big Data', limit: '1' })).toMatchObject([{ events: 33 }])
  })

  it('names are suggested while somebody types, and for what was mistyped', async () => {
    expect((await ask('lookup', { text: 'Lodnon' }))[0]).toEqual({ value: 'London', detail: 'gb', count: 74 })
    expect(await ask('lookup', { text: 'lon' })).toEqual([
      { value: 'London', detail: 'gb', count: 74 },
      { value: 'Longmont', detail: 'us', count: 1 },
    ])
  })
})

it('before the first event, every query answers, with nothing', async () => {
  const empty = await ThreeViews.open({ lines: [] })
  try {
    for (const view of views)
      for (const query of [
        'active-cities',
        'trending-cities',
        'trending-topics',
        'events-on-topic',
        'event-responses',
        'locations',
        'lookup',
      ])
        expect(await empty.ask(query, {}, view), query).toEqual([])
  } finally {
    await empty.close()
  }
})
