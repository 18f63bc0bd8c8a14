import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HandMade } from './hand-made.ts'

const streamTime = '2017-03-19T12:00:00Z'
const [second, minute, day] = [1000, 60_000, 86_400_000]

let tables: HandMade
beforeAll(async () => {
  tables = await HandMade.open()
})
afterAll(() => tables.close())

/** How long before stream time the answers of a group came. Each group is a city, and the group of a topic of its name. */
type Answered = Readonly<Record<string, readonly number[]>>

async function fill(answered: Answered, response = 'yes'): Promise<void> {
  const cities = Object.keys(answered).map((city, n) => ({ city, group_id: n + 1 }))
  await tables.fill(
    'groups',
    cities.map((group) => ({ ...group, country: 'de', lat: 1, lon: 1 })),
  )
  await tables.fill(
    'event',
    cities.map(({ group_id }) => ({ event_id: `${group_id}`, group_id })),
  )
  await tables.fill(
    'group_topic',
    cities.flatMap(({ city, group_id }) => [
      { urlkey: city, group_id },
      { urlkey: 'shared', group_id },
    ]),
  )
  await tables.fill('topic', [{ urlkey: 'shared', topic_name: 'Shared' }])
  await tables.fill(
    'rsvp',
    cities.flatMap(({ city, group_id }) =>
      (answered[city] ?? []).map((agoMs, n) => ({
        rsvp_id: group_id * 100_000 + n,
        event_id: `${group_id}`,
        response,
        guests: 0,
        mtime: new Date(Date.parse(streamTime) - agoMs).toISOString(),
      })),
    ),
  )
}

function every(stepMs: number, { from = 0, to }: { readonly from?: number; readonly to: number }): readonly number[] {
  return Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, n) => from + n * stepMs)
}

async function cities(given: Readonly<Record<string, string>> = {}) {
  return await tables.ask('trending-cities', streamTime, given)
}

describe('what rises', () => {
  it('is what rises against its own history, neither what is big nor what is new', async () => {
    await fill({
      Big: every(10 * second, { to: 120 * minute }),
      Rising: [
        ...every(30 * second, { to: 5 * minute }),
        ...every(10 * minute, { from: 5 * minute, to: 120 * minute }),
      ],
      New: [minute],
    })
    const [first, ...others] = await cities()
    expect(first).toMatchObject({ city: 'Rising', now_count: 10, rate_now: 120 })
    expect(first?.['score']).toBeGreaterThan(1)
    for (const { score } of others) expect(score).toBeLessThan(0)
  })

  it('is what said yes', async () => {
    await fill({ No: every(second, { to: minute }) }, 'no')
    expect(await cities()).toEqual([])
  })

  it('has a score that the true ratio exceeds with at least 97 % probability, however small the counts', async () => {
    const counts = [1, 2, 3, 5, 9, 20, 60].flatMap((now) => [0, 1, 4, 30].map((before) => ({ now, before })))
    await fill(
      Object.fromEntries(
        counts.map(({ now, before }) => [
          `${now} after ${before}`,
          [...Array<number>(now).fill(minute), ...every(minute, { from: 10 * minute, to: (10 + before) * minute })],
        ]),
      ),
    )
    const scored = await cities({ limit: '100' })
    expect(scored.length).toBeGreaterThan(20)
    for (const { city, now_count, baseline_count, baseline_ms, score } of scored) {
      const expected = ((Number(baseline_count) + 0.5) * 5 * minute) / Number(baseline_ms)
      const quantile = (expected + 0.5) * 2 ** Number(score)
      const below = gammaBelow(Number(now_count) + 0.5, quantile)
      expect(below, JSON.stringify(city)).toBeLessThan(0.03)
      expect(below).toBeGreaterThan(0.01)
    }
  })
})

describe('history', () => {
  it('ends where the window begins, to the millisecond', async () => {
    const steady = { Other: every(minute, { from: 10 * minute, to: 60 * minute }) }
    await fill({ ...steady, Rising: [...Array<number>(9).fill(5 * minute - 1), 5 * minute] })
    expect((await cities()).filter(({ city }) => city === 'Rising')).toMatchObject([
      { now_count: 9, baseline_count: 1 },
    ])
  })

  it('and the window are behind stream time, where an answer may be dated ahead', async () => {
    await fill({
      Bonn: [
        ...Array<number>(9).fill(minute),
        ...every(minute, { from: 10 * minute, to: 60 * minute }),
        ...Array<number>(2000).fill(-1),
      ],
    })
    expect(await cities()).toMatchObject([{ now_count: 9 }])
    expect(await tables.ask('active-cities', streamTime)).toMatchObject([{ answers: 14 }])
    expect(await tables.ask('locations', streamTime)).toMatchObject([{ answers: 59 }])
  })

  it('may be as long as a duration can', async () => {
    await fill({ Bonn: every(minute, { to: 60 * minute }) })
    const longest = { window: '3660000d', baseline: '3660000d' }
    expect(await cities(longest)).toEqual([])
    expect(await tables.ask('active-cities', streamTime, longest)).toMatchObject([{ answers: 60, change: null }])
  })

  it('of a young stream is not stretched by answers that came weeks late', async () => {
    const young = every(10 * second, { to: 20 * minute })
    await fill({ Steady: [...Array<number>(9).fill(minute), ...young, ...every(day, { from: day, to: 5 * day })] })
    const [{ baseline_ms, expected_rate } = {}] = await cities({ baseline: '30d', window: '10m' })
    expect(Number(baseline_ms)).toBeGreaterThan(8 * minute)
    expect(Number(baseline_ms)).toBeLessThan(10 * minute)
    expect(Number(expected_rate)).toBeLessThan(370)
    expect(Number(expected_rate)).toBeGreaterThan(350)
  })

  it('is no longer than the baseline', async () => {
    await fill({ Steady: [...Array<number>(9).fill(minute), ...every(minute, { from: 5 * minute, to: 300 * minute })] })
    const [{ baseline_ms, baseline_count } = {}] = await cities({ baseline: '1h' })
    expect(Number(baseline_ms)).toBeLessThan(60 * minute)
    expect(Number(baseline_count)).toBeLessThan(60)
  })

  it('that there is not makes nothing rise', async () => {
    await fill({ Young: every(second, { to: 5 * minute }) })
    expect(await cities()).toEqual([])
    expect((await tables.ask('active-cities', streamTime, { window: '5m' }))[0]).toMatchObject({
      city: 'Young',
      answers: 300,
      change: null,
    })
  })
})

describe('topics', () => {
  const history = every(minute, { from: 10 * minute, to: 60 * minute })

  it('rise when groups do, one alone only where asked for', async () => {
    await fill({ one: [...Array<number>(9).fill(minute), ...history], two: [minute, ...history] })
    const urlkeys = async (given = {}) =>
      (await tables.ask('trending-topics', streamTime, given)).map(({ urlkey }) => urlkey)
    expect(await urlkeys()).toEqual(['shared'])
    expect(await urlkeys({ groups: '1' })).toEqual(['one', 'shared'])
  })

  it('without a name keep their key', async () => {
    await fill({ nameless: [...Array<number>(9).fill(minute), ...history] })
    expect((await tables.ask('trending-topics', streamTime, { groups: '1' }))[0]).toMatchObject({
      urlkey: 'nameless',
      topic_name: null,
    })
  })
})

/** The gamma distribution's probability below `x`, by its series. */
function gammaBelow(shape: number, x: number): number {
  let [term, sum] = [1 / shape, 1 / shape]
  for (let k = 1; k < 1000; k += 1) {
    term *= x / (shape + k)
    sum += term
  }
  return sum * Math.exp(shape * Math.log(x) - x - logGamma(shape))
}

function logGamma(x: number): number {
  if (x < 30) return logGamma(x + 1) - Math.log(x)
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x)
}
