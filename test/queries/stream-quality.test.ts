import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rejectedReasons, streamQuality } from '../oracle/answers/quality-answers.ts'
import type { Row, Tables } from '../oracle/rows.ts'
import { HandMade } from './hand-made.ts'

const noon = Date.parse('2017-03-19T12:00:00Z')

let tables: HandMade
beforeAll(async () => {
  tables = await HandMade.open()
})
afterAll(() => tables.close())

type Arrived = { readonly id: number; readonly at: number; readonly says?: 'yes' | 'no'; readonly guests?: number }

/** In order of arrival; times in ms since noon, received an hour later. */
async function arrive(arrivals: readonly Arrived[]): Promise<void> {
  await tables.fill(
    'arrival',
    arrivals.map(({ id, at, says = 'yes', guests = 0 }, n) => ({
      log_partition: 0,
      log_offset: n,
      received_at: new Date(noon + 3_600_000 + n).toISOString(),
      rsvp_id: id,
      mtime: new Date(noon + at).toISOString(),
      response: says,
      guests,
    })),
  )
  await tables.fill('rejected', [])
  await tables.fill('rsvp', [])
}

async function quality(streamTimeMs: number, given: Readonly<Record<string, string>> = {}) {
  const [row, ...others] = await tables.ask('stream-quality', new Date(noon + streamTimeMs).toISOString(), given)
  expect(others).toEqual([])
  return row
}

describe('a repeat', () => {
  it('is an echo where it says the same within a second, also behind a change', async () => {
    await arrive([
      { id: 1, at: 400 },
      { id: 1, at: 700, says: 'no' },
      { id: 1, at: 0 },
      { id: 1, at: 1000, says: 'no' },
      { id: 1, at: 400 },
    ])
    expect(await quality(1000)).toMatchObject({ events: 5, rsvps: 1, repeats: 4, echoes: 3, changes: 1 })
  })

  it('is a change where it is newer and says something else: another answer, or other guests', async () => {
    await arrive([
      { id: 1, at: 0 },
      { id: 1, at: 5000, says: 'no' },
      { id: 1, at: 9000, says: 'no', guests: 2 },
      { id: 1, at: 12_000 },
    ])
    expect(await quality(12_000)).toMatchObject({ repeats: 3, changes: 3, echoes: 0, repeat_share: 0.75 })
  })

  it('is a confirmation where it says the same later, and outdated where a newer one had come', async () => {
    await arrive([
      { id: 1, at: 5000 },
      { id: 1, at: 6000 },
      { id: 1, at: 3000, says: 'no' },
    ])
    expect(await quality(6000)).toMatchObject({ repeats: 2, confirmations: 1, outdated: 1, changes: 0, echoes: 0 })
  })

  it('is outdated also where the newer one was an echo: it changes no answer', async () => {
    await arrive([
      { id: 1, at: 400 },
      { id: 1, at: 1000 },
      { id: 1, at: 700, says: 'no' },
    ])
    expect(await quality(1000)).toMatchObject({ repeats: 2, echoes: 1, outdated: 1, changes: 0 })
  })

  it('in the window may repeat an answer from before it', async () => {
    await arrive([
      { id: 1, at: 0 },
      { id: 2, at: 60_000 },
      { id: 1, at: 70_000, says: 'no' },
    ])
    expect(await quality(70_000, { window: '30s' })).toMatchObject({ events: 2, rsvps: 2, repeats: 1, changes: 1 })
  })
})

describe('where producers date their records', () => {
  const dayMs = 86_400_000
  const [dated, ahead] = [-noon, 10 * 365 * dayMs]

  /** In order of arrival; `received` in ms since noon. */
  async function arriveDated(arrivals: readonly (Arrived & { readonly received: number })[]): Promise<void> {
    await tables.fill(
      'arrival',
      arrivals.map(({ id, at, received }, n) => ({
        log_partition: 0,
        log_offset: n,
        received_at: new Date(noon + received).toISOString(),
        rsvp_id: id,
        mtime: new Date(noon + at).toISOString(),
        response: 'yes',
        guests: 0,
      })),
    )
  }

  it('a clock that stands at 1970 hides no event from a window, and makes none late that is not', async () => {
    await arriveDated([
      { id: 1, at: 0, received: dated },
      { id: 2, at: 100_000, received: dated },
      { id: 3, at: 30_000, received: dated },
    ])
    expect(await quality(100_000)).toMatchObject({ events: 3, late: 1, worst_lateness_ms: 70_000 })
    expect(await quality(100_000, { window: '80s' })).toMatchObject({ events: 2, late: 1 })
  })

  it('an event of another decade makes no other late, and begins no window', async () => {
    await arriveDated([
      { id: 1, at: ahead, received: dated },
      { id: 2, at: 0, received: 0 },
      { id: 3, at: 100_000, received: 100_000 },
      { id: 4, at: ahead, received: ahead + 1 },
      { id: 5, at: 100_001, received: ahead + 2 },
    ])
    expect(await quality(100_001)).toMatchObject({ events: 5, late: 0 })
    expect(await quality(100_001, { window: '50s' })).toMatchObject({ events: 3, late: 0 })
  })
})

describe('a late event', () => {
  const arrivals = [
    { id: 1, at: 100_000 },
    { id: 2, at: 40_000 },
    { id: 3, at: 39_999 },
    { id: 4, at: -100_000 },
    { id: 5, at: 100_001 },
  ]

  it('is older by more than a minute than the newest before it', async () => {
    await arrive(arrivals)
    expect(await quality(100_001)).toMatchObject({ late: 2, worst_lateness_ms: 200_000, worst_late_rsvp_id: 4 })
  })

  it('that came first is told where two are the latest', async () => {
    await arrive([
      { id: 1, at: 100_000 },
      { id: 9, at: 0 },
      { id: 4, at: 0 },
    ])
    expect(await quality(100_000)).toMatchObject({ late: 2, worst_late_rsvp_id: 9 })
  })

  it('is as late as the caller says', async () => {
    await arrive(arrivals)
    expect(await quality(100_001, { late_after: '59s' })).toMatchObject({ late: 3 })
    expect(await quality(100_001, { late_after: '1h' })).toMatchObject({ late: 0, worst_lateness_ms: null })
  })

  it('belongs to the window in which it arrived, however old it is', async () => {
    await arrive(arrivals)
    expect(await quality(100_001, { window: '1s' })).toMatchObject({ events: 5, late: 2 })
  })

  it('is none behind an event that is dated ahead of its arrival', async () => {
    await arrive([
      { id: 1, at: 20 * 3_600_000 },
      { id: 2, at: 3_600_000 },
    ])
    expect(await quality(3_600_000)).toMatchObject({ late: 0 })
  })
})

describe('rejected events', () => {
  const rejected = [
    { log_offset: 0, reason: 'a', value: '7b' },
    { log_offset: 5, reason: 'b', value: 'c3a9'.repeat(300) },
    { log_offset: 6, reason: 'b', value: 'ff0a61' },
    { log_offset: 7, reason: 'c' },
  ].map((row) => ({ log_partition: 0, received_at: new Date(noon + 3_600_000 + row.log_offset).toISOString(), ...row }))

  it('are told by reason, with the beginning of the newest', async () => {
    await arrive([])
    await tables.fill('rejected', rejected)
    expect(await tables.ask('rejected-reasons', null)).toEqual([
      { reason: 'b', events: 2, newest: '2017-03-19T13:00:00.006Z', sample: '\\xFF\\x0Aa', sample_bytes: 3 },
      { reason: 'c', events: 1, newest: '2017-03-19T13:00:00.007Z', sample: null, sample_bytes: null },
      { reason: 'a', events: 1, newest: '2017-03-19T13:00:00Z', sample: '{', sample_bytes: 1 },
    ])
    await tables.fill('rejected', rejected.slice(0, 2))
    expect(await tables.ask('rejected-reasons', null, { limit: '1' })).toEqual([
      { reason: 'b', events: 1, newest: '2017-03-19T13:00:00.005Z', sample: 'é'.repeat(200), sample_bytes: 600 },
    ])
  })

  it('are in the window where they came after the first arrival in it, and always before the first accepted event', async () => {
    await arrive([
      { id: 1, at: 0 },
      { id: 2, at: 10 },
      { id: 3, at: 60_000 },
    ])
    await tables.fill('rejected', rejected)
    expect(await quality(60_000, { window: '1s' })).toMatchObject({ events: 1, rejected: 3 })
    expect(await quality(60_000)).toMatchObject({ events: 3, rejected: 4 })
    await arrive([])
    await tables.fill('rejected', rejected)
    expect(await tables.ask('stream-quality', null, { window: '1s' })).toEqual([
      { ...streamQuality({ ...noTables, rejected: [{}, {}, {}, {}] }, nothingAsked), repeat_share: null },
    ])
  })
})

const noTables: Pick<Tables, 'arrival' | 'rsvp' | 'rejected'> = { arrival: [], rsvp: [], rejected: [] }
const nothingAsked = { streamTime: null, window: 1000, lateAfter: 60_000, allArrivals: [] }

it('equals a plain count for any arrivals, in any order, over partitions', async () => {
  const arrival = fc.record({
    partition: fc.constantFrom(0n, 1n, 2n),
    received: fc.integer({ min: 0, max: 20 }),
    id: fc.integer({ min: 1, max: 6 }),
    mtime: fc.oneof(
      fc.integer({ min: -30, max: 5 }).map((s) => s * 1000),
      fc.integer({ min: -30_000, max: 5000 }),
    ),
    response: fc.constantFrom('yes', 'no'),
    guests: fc.constantFrom(0n, 1n),
  })
  const asked = fc.record({
    arrivals: fc.array(arrival, { maxLength: 40 }),
    rejected: fc.array(fc.record({ reason: fc.constantFrom('a', 'b'), received: fc.integer({ min: 0, max: 20 }) })),
    window: fc.option(fc.integer({ min: 1, max: 30_000 })),
    lateAfter: fc.constantFrom(0, 500, 5000),
  })
  await fc.assert(
    fc.asyncProperty(asked, async ({ arrivals, rejected, window, lateAfter }) => {
      const arrived: readonly Row[] = arrivals.map(({ partition, received, id, mtime, ...rest }, n) => ({
        log_partition: partition,
        log_offset: BigInt(n),
        received_at: BigInt(noon + received),
        rsvp_id: BigInt(id),
        mtime: BigInt(noon + mtime),
        ...rest,
      }))
      const refused: readonly Row[] = rejected.map(({ reason, received }, n) => ({
        log_partition: 3n,
        log_offset: BigInt(n),
        received_at: BigInt(noon + received),
        reason,
        value: null,
      }))
      await tables.fill('arrival', arrived.map(written))
      await tables.fill('rejected', refused.map(written))
      await tables.fill('rsvp', [])
      const times = arrivals.map(({ mtime, received }) => noon + Math.min(mtime, received))
      const streamTime = times.length === 0 ? null : Math.max(...times)
      const given = window === null ? {} : { window: `${window}ms` }
      const at = streamTime === null ? null : new Date(streamTime).toISOString()
      const view = { ...noTables, arrival: arrived, rejected: refused }
      const oracleAsked = { streamTime, window, lateAfter, allArrivals: arrived }
      expect(await tables.ask('stream-quality', at, { ...given, late_after: `${lateAfter}ms` })).toEqual([
        streamQuality(view, oracleAsked),
      ])
      expect(await tables.ask('rejected-reasons', at, given)).toEqual(rejectedReasons(refused, oracleAsked))
    }),
    { numRuns: 100 },
  )
})

/** Times as text, for a table that is filled by hand. */
function written(row: Row): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      name === 'mtime' || name === 'received_at'
        ? new Date(Number(value)).toISOString()
        : typeof value === 'bigint'
          ? Number(value)
          : value,
    ]),
  )
}
