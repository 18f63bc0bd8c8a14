import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { findQuery } from '../../serving/requests/find-named.ts'
import { parameterCells } from '../../serving/requests/parameters.ts'
import { responseRate } from '../oracle/answers/response-rate.ts'
import type { Row } from '../oracle/rows.ts'
import { HandMade } from './hand-made.ts'

const query = findQuery(rsvp, 'response-rate')
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

let tables: HandMade
beforeAll(async () => {
  tables = await HandMade.open()
})
afterAll(() => tables.close())

type Rated = {
  /** RFC 3339. */
  readonly yes?: readonly string[]
  readonly no?: readonly string[]
  readonly streamTime: string | null
  readonly window?: string
  readonly bucket?: string
  readonly tz?: string
}

async function rate({ yes = [], no = [], streamTime, ...given }: Rated) {
  const saying = (response: string, times: readonly string[]) => times.map((mtime) => ({ response, mtime }))
  await tables.fill('rsvp', [...saying('yes', yes), ...saying('no', no)])
  return await tables.ask('response-rate', streamTime, given)
}

async function bucketsOf(given: Rated): Promise<readonly unknown[]> {
  return (await rate(given)).map((row) => row['bucket'])
}

describe('buckets', () => {
  it('are there without an answer in them, and the first one is whole', async () => {
    const answered = await rate({
      yes: ['2017-03-19T12:00:05Z', '2017-03-19T12:03:00Z'],
      no: ['2017-03-19T11:59:59.999Z', '2017-03-19T12:03:20Z'],
      streamTime: '2017-03-19T12:03:20Z',
      window: 'PT3M',
    })
    expect(answered).toEqual([
      { bucket: '2017-03-19T12:00:00Z', yes: 1, no: 0 },
      { bucket: '2017-03-19T12:01:00Z', yes: 0, no: 0 },
      { bucket: '2017-03-19T12:02:00Z', yes: 0, no: 0 },
      { bucket: '2017-03-19T12:03:00Z', yes: 1, no: 1 },
    ])
  })

  it('are as many as the window holds where it begins with one', async () => {
    const asked = { streamTime: '2017-03-19T12:02:00Z', window: 'PT2M' }
    expect(await bucketsOf(asked)).toEqual(['2017-03-19T12:00:00Z', '2017-03-19T12:01:00Z', '2017-03-19T12:02:00Z'])
  })

  it('leave out what lies beyond stream time', async () => {
    const answered = await rate({
      yes: ['2017-03-19T12:02:00.001Z'],
      streamTime: '2017-03-19T12:02:00Z',
      window: 'PT1S',
    })
    expect(answered.at(-1)).toEqual({ bucket: '2017-03-19T12:02:00Z', yes: 0, no: 0 })
  })

  it('are none before the first event', async () => {
    expect(await rate({ streamTime: null, bucket: 'P1D', window: 'P9D', tz: 'Asia/Kolkata' })).toEqual([])
  })

  it('of a local day have 23 hours where clocks are put forward, and 25 where they are put back', async () => {
    const spring = { streamTime: '2017-03-27T12:00:00Z', window: 'P2D', bucket: 'P1D', tz: 'Europe/Berlin' }
    expect(await bucketsOf(spring)).toEqual(['2017-03-24T23:00:00Z', '2017-03-25T23:00:00Z', '2017-03-26T22:00:00Z'])
    const autumn = { ...spring, streamTime: '2017-10-30T12:00:00Z' }
    expect(await bucketsOf(autumn)).toEqual(['2017-10-27T22:00:00Z', '2017-10-28T22:00:00Z', '2017-10-29T23:00:00Z'])
  })

  it('of an hour are 23 and 25 in those days, each with its own answers', async () => {
    const asked = { bucket: 'PT1H', tz: 'Europe/Berlin', window: 'PT20H' }
    const spring = await bucketsOf({ ...asked, streamTime: '2017-03-26T21:59:59Z', window: 'PT22H59M59S' })
    expect(spring).toHaveLength(23)
    const autumn = await rate({
      ...asked,
      streamTime: '2017-10-29T22:59:59Z',
      window: 'PT24H59M59S',
      yes: ['2017-10-29T00:30:00Z', '2017-10-29T01:30:00Z'],
      no: ['2017-10-29T01:40:00Z'],
    })
    expect(autumn).toHaveLength(25)
    expect(autumn.filter((row) => row['yes'] !== 0)).toEqual([
      { bucket: '2017-10-29T00:00:00Z', yes: 1, no: 0 },
      { bucket: '2017-10-29T01:00:00Z', yes: 1, no: 1 },
    ])
  })

  it('begin at the full hour of zones that are half an hour off', async () => {
    const asked = { streamTime: '2017-03-19T12:00:00Z', window: 'PT1H', bucket: 'PT1H' }
    expect(await bucketsOf({ ...asked, tz: 'Asia/Kolkata' })).toEqual(['2017-03-19T10:30:00Z', '2017-03-19T11:30:00Z'])
    expect(await bucketsOf({ ...asked, tz: 'Asia/Kathmandu' })).toEqual([
      '2017-03-19T10:15:00Z',
      '2017-03-19T11:15:00Z',
    ])
  })

  it('of a week begin on Monday', async () => {
    const asked = { streamTime: '2017-03-19T12:00:00Z', window: 'P7D', bucket: 'P1W', tz: 'America/New_York' }
    expect(await bucketsOf(asked)).toEqual(['2017-03-06T05:00:00Z', '2017-03-13T04:00:00Z'])
  })

  it.each([
    {
      rule: 'the second of two midnights is no new day',
      tz: 'Atlantic/Azores',
      streamTime: '2017-10-29T12:00:00Z',
      expected: ['2017-10-28T00:00:00Z', '2017-10-29T00:00:00Z'],
    },
    {
      rule: 'a day without a midnight begins after it',
      tz: 'America/Sao_Paulo',
      streamTime: '2017-10-15T12:00:00Z',
      expected: ['2017-10-14T03:00:00Z', '2017-10-15T03:00:00Z'],
    },
    {
      rule: 'a date that was left out is no day',
      tz: 'Pacific/Apia',
      streamTime: '2011-12-31T00:00:00Z',
      expected: ['2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z'],
    },
  ])('where clocks change at midnight: $rule', async ({ tz, streamTime, expected }) => {
    expect(await bucketsOf({ streamTime, window: 'P1D', bucket: 'P1D', tz })).toEqual(expected)
  })

  it('beyond 10,000 are refused, and so is a part of a day behind a day', async () => {
    const streamTime = '2017-03-19T12:00:00Z'
    await expect(rate({ streamTime, window: 'P8D' })).rejects.toMatchObject({
      code: 'SQL_INVALID',
      message: expect.stringContaining('more than 10,000 buckets'),
    })
    await expect(rate({ streamTime, window: 'P8D', bucket: 'PT36H' })).rejects.toMatchObject({
      code: 'SQL_INVALID',
      message: expect.stringContaining('whole days'),
    })
  })
})

describe('time zones', () => {
  const instants = ['2017-03-19T12:30:00Z', '2017-07-01T00:00:00Z']

  it('that can be asked for are known to the engine, with the same clock', async () => {
    const zones = Intl.supportedValuesOf('timeZone').map(accepted)
    const clocks = zones.map((zone) => [zone, `[${instants.map((at) => `'${wallClock(zone, at)}'`).join(', ')}]`])
    expect(await engineClocks(zones)).toEqual(Object.fromEntries(clocks))
  })

  it('can be asked for by every name of a place that the engine knows', async () => {
    const session = await tables.engine.connect()
    const names = (
      await session.rows(`SELECT name FROM pg_timezone_names() WHERE name LIKE '%/%' AND name NOT LIKE 'SystemV/%'`)
    ).map(({ name }) => String(name))
    session.close()
    expect(names.filter((name) => accepted(name) === '')).toEqual([])
    expect(Object.keys(await engineClocks(names.map(accepted))).toSorted()).toEqual(
      [...new Set(names.map(accepted))].toSorted(),
    )
  })

  it('have a letter first: an offset is none', () => {
    expect(['+05:30', '', 'Mars/Olympus'].map(accepted)).toEqual(['', '', ''])
  })

  async function engineClocks(zones: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const session = await tables.engine.connect()
    const rows = await session.rows(
      `SELECT zone, list(strftime(instant::TIMESTAMPTZ AT TIME ZONE zone, '%Y-%m-%d, %H:%M') ORDER BY instant)::VARCHAR AS clock
      FROM (SELECT DISTINCT unnest(from_json($1, '["VARCHAR"]')) AS zone), (SELECT unnest(from_json($2, '["VARCHAR"]')) AS instant)
      GROUP BY zone`,
      [JSON.stringify(zones), JSON.stringify(instants)],
    )
    session.close()
    return Object.fromEntries(rows.map(({ zone, clock }) => [String(zone), clock]))
  }
})

/** What the SQL gets for a time zone as a caller writes it; empty where it is refused. */
function accepted(zone: string): string {
  try {
    return String(parameterCells(query, new Map([['tz', zone]]))['tz'])
  } catch {
    return ''
  }
}

function wallClock(timeZone: string, at: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return parts.format(Date.parse(at))
}

it('equals a count of buckets found on the wall clock, for any zone, window, bucket and answers', async () => {
  const from = Date.parse('2016-01-01T00:00:00Z')
  const asked = fc.record({
    tz: fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Atlantic/Azores',
      'America/Havana',
      'America/Sao_Paulo',
      'Pacific/Chatham',
    ),
    streamTime: fc.integer({ min: from, max: from + 1000 * day }),
    bucket: fc.constantFrom(minute, 7 * minute, 15 * minute, hour, 5 * hour, 6 * hour, day, 2 * day, 7 * day, 30 * day),
    buckets: fc.integer({ min: 1, max: 60 }),
    answers: fc.array(fc.tuple(fc.constantFrom('yes', 'no'), fc.double({ min: -0.1, max: 1.2, noNaN: true })), {
      maxLength: 40,
    }),
  })
  await fc.assert(
    fc.asyncProperty(asked, async ({ tz, streamTime, bucket, buckets, answers }) => {
      const window = bucket * buckets - 1
      const rows: Row[] = answers.map(([response, ago]) => ({
        response,
        mtime: BigInt(Math.round(streamTime - ago * window)),
      }))
      const saying = (response: string) =>
        rows.filter((row) => row['response'] === response).map(({ mtime }) => new Date(Number(mtime)).toISOString())
      const answered = await rate({
        yes: saying('yes'),
        no: saying('no'),
        streamTime: new Date(streamTime).toISOString(),
        window: `${Math.max(window, 1000)}ms`,
        bucket: `${bucket}ms`,
        tz,
      })
      expect(answered).toEqual(responseRate(rows, { streamTime, window, bucket, tz }))
    }),
    { numRuns: 100 },
  )
})
