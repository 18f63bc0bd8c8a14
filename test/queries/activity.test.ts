import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { views } from '../../serving/replica/reader.ts'
import {
  busiestEvents,
  mostActiveMembers,
  mostPopularGroups,
  newestAnswers,
} from '../oracle/answers/activity-answers.ts'
import { placedAnswers } from '../oracle/answers/placed-answers.ts'
import { rejectedReasons, streamQuality } from '../oracle/answers/quality-answers.ts'
import { recordedLines } from '../oracle/recording.ts'
import { responseRate } from '../oracle/answers/response-rate.ts'
import { ThreeViews } from './three-views.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

let recorded: ThreeViews
beforeAll(async () => {
  // The first event of the speed view is three days late, a broken one follows: windows of arrivals must not begin behind them.
  const lines = recordedLines().toSpliced(712, 0, Buffer.from('{"venue":'))
  recorded = await ThreeViews.open({ lines, cut: 711 })
})
afterAll(() => recorded.close())

const filters = [
  { given: {}, country: null, window: null },
  { given: { country: 'GB' }, country: 'gb', window: null },
  { given: { window: 'PT5M' }, country: null, window: 5 * minute },
  { given: { window: '12m', country: 'us' }, country: 'us', window: 12 * minute },
  { given: { country: 'xx' }, country: 'xx', window: null },
  { given: { city: 'LONDON' }, country: null, city: 'london', window: null },
  { given: { city: 'montreal', country: 'CA', window: '15m' }, country: 'ca', city: 'Montréal', window: 15 * minute },
] as const

describe.each(views)('under the %s view', (view) => {
  const tables = () => recorded.tables[view]
  const all = { limit: '10000' }

  it('the tables of the plain counts are those that the view holds', async () => {
    expect(await recorded.held(view)).toEqual(tables())
  })

  it.each(filters)(
    'members, groups, events and newest answers are those of a plain count, for $given',
    async (asked) => {
      const { given, ...filter } = { ...asked, streamTime: recorded.streamTime }
      const ask = (query: string) => recorded.ask(query, { ...given, ...all }, view)
      expect(await ask('most-active-members')).toEqual(mostActiveMembers(tables(), filter))
      expect(await ask('busiest-events')).toEqual(busiestEvents(tables(), filter))
      expect(await ask('newest-answers')).toEqual(newestAnswers(tables(), filter))
      expect(await ask('most-popular-groups')).toEqual(mostPopularGroups(tables(), { ...filter, by: 'members' }))
    },
  )

  it.each(['members', 'yes', 'answers'] as const)('groups are ranked by %s', async (by) => {
    const expected = mostPopularGroups(tables(), { country: null, window: null, streamTime: recorded.streamTime, by })
    expect(await recorded.ask('most-popular-groups', { by, limit: '50' }, view)).toEqual(expected.slice(0, 50))
  })

  it.each([
    { given: {}, window: hour, bucket: minute, tz: 'UTC' },
    { given: { window: '20m', bucket: '15s' }, window: 20 * minute, bucket: 15_000, tz: 'UTC' },
    { given: { window: 'P60D', bucket: 'P1D', tz: 'Asia/Kolkata' }, window: 60 * day, bucket: day, tz: 'Asia/Kolkata' },
    {
      given: { window: 'P366D', bucket: 'PT1H', tz: 'Europe/Berlin' },
      window: 366 * day,
      bucket: hour,
      tz: 'Europe/Berlin',
    },
    {
      given: { window: 'P140D', bucket: 'P7D', tz: 'Europe/Berlin' },
      window: 140 * day,
      bucket: 7 * day,
      tz: 'Europe/Berlin',
    },
  ])('yes and no per bucket are those of a plain count, for $given', async ({ given, ...asked }) => {
    const expected = responseRate(tables().rsvp, { ...asked, streamTime: recorded.streamTime })
    expect(await recorded.ask('response-rate', given, view)).toEqual(expected)
  })

  it.each([{ country: 'gb' }, { city: 'London' }, { country: 'CA', city: 'montreal' }, { city: 'nowhere' }])(
    'yes and no per bucket, and per city, are those of one place alone, for %j',
    async (where) => {
      const there = placedAnswers(tables(), where)
      const asked = { window: hour, bucket: minute, tz: 'UTC', streamTime: recorded.streamTime }
      const rsvps = there.map(({ rsvp }) => rsvp)
      expect(await recorded.ask('response-rate', where, view)).toEqual(responseRate(rsvps, asked))
      const cities = await recorded.ask('yes-by-city', { ...where, ...all }, view)
      const yes = there.filter(({ rsvp }) => rsvp['response'] === 'yes').length
      expect(cities.reduce((sum, row) => sum + Number(row['yes']), 0)).toBe(yes)
    },
  )

  it.each([
    { given: {}, window: null, lateAfter: minute },
    { given: { window: '5m', late_after: '0s' }, window: 5 * minute, lateAfter: 0 },
    { given: { window: '15m', late_after: '1d' }, window: 15 * minute, lateAfter: day },
  ])('quality and rejected events are those of a plain count, for $given', async ({ given, window, lateAfter }) => {
    const { streamTime, tables: ofViews } = recorded
    const asked = { streamTime, window, lateAfter, allArrivals: ofViews.merged.arrival }
    expect(await recorded.ask('stream-quality', given, view)).toEqual([streamQuality(tables(), asked)])
    const reasons = await recorded.ask('rejected-reasons', window === null ? {} : { window: `${window}ms` }, view)
    const expected = rejectedReasons(tables().rejected, asked)
    expect(reasons).toEqual(expected.map((row) => ({ ...row, reason: 'the event: not valid JSON' })))
  })
})

describe('of the recording', () => {
  it('quality has the figures that its README states', async () => {
    expect(await recorded.ask('stream-quality', {}, 'merged')).toEqual([
      {
        events: 1541,
        rsvps: 1260,
        repeats: 281,
        repeat_share: 281 / 1541,
        echoes: 216,
        changes: 65,
        confirmations: 0,
        outdated: 0,
        late: 32,
        worst_lateness_ms: 3_256_423_432,
        worst_late_rsvp_id: 1_252_392_940,
        // The line that was put in is one of them.
        rejected: 2,
        yes: 864,
        naive_yes: 1127,
      },
    ])
  })

  it('the rejected line is told with its reason and how it begins', async () => {
    expect(await recorded.ask('rejected-reasons', {}, 'merged')).toEqual([
      expect.objectContaining({
        reason: 'the event: not valid JSON',
        events: 2,
        sample: expect.stringMatching(/^\{"venue":/),
      }),
    ])
  })

  it('the most active member, group, event and the newest answer are these', async () => {
    const first = async (query: string) => (await recorded.ask(query, { limit: '1' }, 'merged'))[0]
    expect(await first('most-active-members')).toMatchObject({ answers: 7 })
    expect(await first('newest-answers')).toMatchObject({ mtime: '2017-03-19T12:30:08.318Z', country: 'il' })
  })
})

it('before the first event, every query answers, with nothing', async () => {
  const empty = await ThreeViews.open({ lines: [] })
  try {
    for (const view of views) {
      for (const query of [
        'most-active-members',
        'most-popular-groups',
        'busiest-events',
        'newest-answers',
        'response-rate',
        'rejected-reasons',
      ])
        expect(await empty.ask(query, { window: '1h' }, view), query).toEqual([])
      expect(await empty.ask('stream-quality', { window: '1h' }, view)).toMatchObject([{ events: 0, yes: 0, late: 0 }])
    }
  } finally {
    await empty.close()
  }
})
