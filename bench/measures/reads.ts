import { join } from 'node:path'
import { z } from 'zod'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { probeEvent, whileEventsArrive } from '../events/steady-events.ts'
import type { Lab } from '../lab.ts'
import { generationRows } from '../peers/tables.ts'
import { answersPerSecond } from '../product/answers-per-second.ts'
import { askNamed, askSql, postEvents } from '../product/ask.ts'
import { withOwnEngine } from '../product/engine.ts'
import { withService } from '../product/running-service.ts'
import { repeat } from '../product/timing.ts'
import { median, percentile } from '../report/figure.ts'
import { defineRow } from '../row.ts'

/** What analysts ask, over the tables of the schema `s`. */
const questions: readonly ((s: string) => string)[] = [
  (s) => `SELECT response, count(*) AS n, sum(guests)::BIGINT AS guests FROM ${s}.rsvp GROUP BY ALL ORDER BY ALL`,
  (s) => `SELECT date_trunc('day', mtime) AS day, count(*) AS n FROM ${s}.rsvp GROUP BY ALL ORDER BY ALL`,
  (s) =>
    `SELECT g.country, count(*) AS n FROM ${s}.rsvp r JOIN ${s}.event e USING (event_id) JOIN ${s}.groups g USING (group_id) WHERE r.response = 'yes' GROUP BY ALL ORDER BY n DESC, country LIMIT 20`,
  (s) => `SELECT member_id, count(*) AS n FROM ${s}.rsvp GROUP BY ALL ORDER BY n DESC, member_id LIMIT 20`,
  (s) => `SELECT count(DISTINCT member_id) AS n FROM ${s}.rsvp WHERE guests > 0`,
  (s) =>
    `SELECT t.urlkey, count(*) AS n FROM ${s}.rsvp r JOIN ${s}.event e USING (event_id) JOIN ${s}.group_topic t USING (group_id) GROUP BY ALL ORDER BY n DESC, urlkey LIMIT 20`,
  (s) => `SELECT count(*) AS n, count(DISTINCT member_name) AS names FROM ${s}.member`,
  (s) =>
    `SELECT date_trunc('hour', received_at) AS hour, count(*) AS n FROM ${s}.arrival GROUP BY ALL ORDER BY n DESC, hour LIMIT 20`,
]
const Digest = z.object({ rows: z.tuple([z.object({ n: z.string(), h: z.string() })]) })
const namedRuns = 5
const selectRuns = 200
const readers = 100
const arrivingPerSecond = 10

/** A service on a history with a generation, and with as many events beyond it as the history's tail has. */
async function measureReads(lab: Lab) {
  const history = await lab.history()
  return await lab.withFolder(async (folder) => {
    const manifest = await history.copyForServiceTo(folder)
    const { result } = await withService({ args: ['serve'], folder }, async ({ url }) =>
      withOwnEngine(async (session) => {
        await session.run('CREATE SCHEMA parquet')
        for (const [name, rows] of generationRows(manifest, join(folder, 'store')))
          await session.run(`CREATE VIEW parquet.${name} AS ${rows}`)
        await requireSameAnswers(url, session)
        return {
          analytic: await analyticRatios(url, session, lab.runs),
          named: await namedDelays(url),
          selectOne: await repeat(selectRuns, () => msOf(() => askSql(url, 'SELECT 1'))),
          shared: await sharedShare(url),
        }
      }),
    )
    return result
  })
}

/** Throws if the batch view, asked as a user asks, answers otherwise than the files. */
async function requireSameAnswers(url: string, session: Session): Promise<void> {
  const digestOf = (question: string) =>
    `SELECT count(*)::VARCHAR AS n, coalesce(sum(hash(q)::HUGEINT), 0)::VARCHAR AS h FROM (${question}) q`
  for (const question of questions) {
    const [theirs] = await session.rows(digestOf(question('parquet')))
    const { rows } = Digest.parse(JSON.parse(await askSql(url, digestOf(question('rsvp_batch')))))
    if (rows[0].n !== theirs?.['n'] || rows[0].h !== theirs['h'])
      throw new Error(`not the same answers as the files: ${question('rsvp_batch')}`)
  }
}

/** Returns for each run the geometric mean of the questions' ratios. Both are asked in turn, once before the clock runs. */
async function analyticRatios(url: string, session: Session, runs: number): Promise<readonly number[]> {
  const ratios = async () => {
    let product = 1
    for (const question of questions) {
      const theirs = await msOf(() => session.rows(question('parquet')))
      product *= (await msOf(() => askSql(url, question('rsvp')))) / theirs
    }
    return product ** (1 / questions.length)
  }
  await ratios()
  return await repeat(runs, ratios)
}

/** Returns the delays of each named query. An event before each makes a state that was not asked for yet. */
async function namedDelays(url: string): Promise<readonly { readonly name: string; readonly ms: number }[]> {
  const delays: { name: string; ms: number }[] = []
  for (const name of Object.keys(rsvp.queries))
    for (let n = 0; n < namedRuns; n += 1) {
      const after = await postEvents(url, 'rsvp', [probeEvent(delays.length).event])
      await askNamed(url, 'rsvp/queries/newest-answers?limit=1', after)
      const ms = await msOf(() => askNamed(url, `rsvp/queries/${name}`))
      if (n > 0) delays.push({ name, ms })
    }
  return delays
}

/** Returns answers per second of a named query, as a share of those of `/livez`, while events arrive. */
async function sharedShare(url: string): Promise<number> {
  return await whileEventsArrive(url, arrivingPerSecond, async () => {
    const livez = await answersPerSecond([`${url}/livez`], readers)
    return (await answersPerSecond([`${url}/v1/rsvp/queries/yes-by-city?limit=20`], readers)) / livez
  })
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

export const reads = defineRow({
  name: 'reads',
  figures: {
    analytic: {
      title: `ad-hoc SQL over the merged view, geometric mean of ${questions.length} questions`,
      against: "the same over the generation's Parquet files, in an engine with a thread per core",
      unit: 'x',
      goal: { atMost: 1 },
      moonshot: { atMost: 0.75 },
    },
    named: {
      title: 'named queries with their defaults, p99',
      unit: 'ms',
      goal: { atMost: 100 },
      moonshot: { atMost: 20 },
    },
    slowest: { title: 'the slowest named query, median', unit: 'ms' },
    selectOne: { title: 'ad-hoc SELECT 1, median', unit: 'ms', goal: { atMost: 5 }, moonshot: { atMost: 2 } },
    shared: {
      title: `${readers} readers of one named query, answers per second`,
      against: 'those of /livez',
      unit: 'x',
      goal: { atLeast: 0.5 },
      moonshot: { atLeast: 0.8 },
    },
  },
  async measure(lab) {
    const { analytic, named, selectOne, shared } = await measureReads(lab)
    const medians = Object.keys(rsvp.queries).map((name) => ({
      name,
      ms: median(named.flatMap((delay) => (delay.name === name ? [delay.ms] : []))),
    }))
    const slowest = medians.toSorted((a, b) => b.ms - a.ms)
    return {
      analytic: { samples: analytic },
      named: {
        samples: [
          percentile(
            named.map(({ ms }) => ms),
            0.99,
          ),
        ],
      },
      slowest: {
        samples: [slowest[0]?.ms ?? Number.NaN],
        on: slowest
          .slice(0, 5)
          .map(({ name, ms }) => `${name} ${Math.round(ms)} ms`)
          .join(', '),
      },
      selectOne: { samples: [median(selectOne)] },
      shared: { samples: [shared] },
    }
  },
})
