import type { Lab } from '../lab.ts'
import { withOwnEngine } from '../product/engine.ts'
import { costOf, repeat } from '../product/timing.ts'
import { defineRow } from '../row.ts'
import { parseSpec } from '../../schemas/sql/parse-spec.ts'
import { literal } from '../../schemas/sql/sql-text.ts'
import { createStagedSql, stageEvents } from '../../schemas/sql/stage-events.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import type { Session } from '../../schemas/ports/engine.ts'

/** All are held in memory, as records and parsed. */
const eventsMax = 200_000
const staged = 'staged'
const source = 'records'

/**
 * The verdict and the parse of events that are in memory, beside a parse of the same without a verdict. Both write a
 * table with the same columns. The parse is measured once more with its values dropped: that is the least it can cost.
 */
async function measureStages(lab: Lab) {
  const history = await lab.history()
  const events = Math.min(eventsMax, history.events)
  return await withOwnEngine(
    async (session) => {
      await session.run(`CREATE TABLE ${source} AS SELECT "partition", "offset", "timestamp", has_log_time, read_at, value
        FROM read_parquet(${literal(history.chunks)}) WHERE "offset" < ${events}`)
      const event = `from_json(decode(value), ${literal(parseSpec(rsvp.root, rsvp))})`
      const parse = async () => {
        await session.run(`CREATE OR REPLACE TEMP TABLE parsed AS SELECT "partition" AS _partition, "offset" AS _offset,
          "timestamp" AS _timestamp, "timestamp" AS _received, NULL::VARCHAR AS reason, event.mtime AS _time, event,
          NULL::BLOB AS value FROM (SELECT *, ${event} AS event FROM ${source})`)
      }
      const parseAndDrop = () => session.run(`SELECT count(${event}) FROM ${source}`)
      const stageAll = async () => {
        await session.run(createStagedSql(rsvp, { source, staged }))
        await stageEvents(session, { dataset: rsvp, source, staged, recordCount: events })
      }
      await parse()
      await stageAll()
      await requireSameEvents(session, events)
      const runs = await repeat(lab.runs, async () => ({
        parse: await costOf(parse),
        dropped: await costOf(parseAndDrop),
        stage: await costOf(stageAll),
      }))
      return { events, runs }
    },
    { threads: 1 },
  )
}

async function requireSameEvents(session: Session, events: number): Promise<void> {
  const [row] = await session.rows(
    `SELECT count(*) FILTER (s.reason IS NULL AND s.event IS NOT DISTINCT FROM p.event AND s._time = p._time) AS same
     FROM ${staged} s JOIN parsed p USING (_partition, _offset)`,
  )
  if (Number(row?.['same']) !== events)
    throw new Error(`the stage and from_json agree on ${String(row?.['same'])} of ${events} events only`)
}

export const stage = defineRow({
  name: 'stage',
  figures: {
    ratio: {
      title: 'stage in bulk, one thread, into a table',
      against: 'processor time of a typed `from_json` of the same events into a table with the same columns',
      unit: 'x',
      goal: { atMost: 2 },
      moonshot: { atMost: 1.3 },
      quick: { atMost: 3.9 },
    },
    strict: {
      title: 'stage in bulk, one thread, into a table',
      against: 'processor time of the same `from_json` with its values dropped',
      unit: 'x',
    },
    stage: { title: 'stage, processor time of an event', unit: 'us' },
    parse: { title: '`from_json` into a table, processor time of an event', unit: 'us' },
  },
  async measure(lab) {
    const { events, runs } = await measureStages(lab)
    return {
      ratio: { samples: runs.map((run) => run.stage.cpuMs / run.parse.cpuMs) },
      strict: { samples: runs.map((run) => run.stage.cpuMs / run.dropped.cpuMs) },
      stage: { samples: runs.map((run) => (1000 * run.stage.cpuMs) / events) },
      parse: { samples: runs.map((run) => (1000 * run.parse.cpuMs) / events) },
    }
  },
})
