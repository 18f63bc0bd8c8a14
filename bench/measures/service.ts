import { probeEvent, whileEventsArrive } from '../events/steady-events.ts'
import { oncePerHistory } from '../lab.ts'
import type { Lab } from '../lab.ts'
import { askNamed, askSql, postEvents } from '../product/ask.ts'
import type { After } from '../product/ask.ts'
import { withService } from '../product/running-service.ts'
import { firstAnswer, startTidemark, urlOf } from '../product/tidemark-process.ts'
import { median, percentile } from '../report/figure.ts'
import { defineRow } from '../row.ts'

const eventsPerSecond = 1000
/** Probes of one kind end at this number of them or after this time, whichever comes first. */
const probesMax = 200
const probingMsMax = 20_000

type Delays = { readonly named: readonly number[]; readonly sql: readonly number[] }

/**
 * Starts the built service as its users do, on a history with a generation and events beyond it: with a cold cache, with
 * a warm one, and once more to read what was posted while other events arrive.
 */
export const measureService = oncePerHistory(async (lab: Lab, events) => {
  const history = await lab.history(events)
  return await lab.withFolder(async (folder) => {
    await history.copyForServiceTo(folder)
    const coldMs = await startMs(folder)
    const warmMs = await startMs(folder)
    const { result, peaks } = await withService({ args: ['start'], folder }, async ({ url }) => ({
      delays: await probeService(url),
    }))
    return { coldMs, warmMs, delays: result.delays, peaks }
  })
})

/** Returns the time from the start to the first merged answer. */
async function startMs(folder: string): Promise<number> {
  const startedAt = performance.now()
  const service = startTidemark(['start', '--port', '0'], folder)
  const url = await urlOf(service)
  await firstAnswer(service, () => askNamed(url, 'rsvp/queries/yes-by-city?limit=1'))
  const ms = performance.now() - startedAt
  service.child.kill('SIGTERM')
  await service.ended()
  return ms
}

/** Reads events that were posted, by a named query and by ad-hoc SQL, while others arrive. */
export async function probeService(url: string): Promise<Delays> {
  return await whileEventsArrive(url, eventsPerSecond, async () => {
    const named = await probe(url, 0, (after) => askNamed(url, 'rsvp/queries/newest-answers?limit=1', after))
    const statement = 'SELECT rsvp_id FROM rsvp.rsvp ORDER BY mtime DESC LIMIT 1'
    const sql = await probe(url, named.length, (after) => askSql(url, statement, after))
    return { named, sql }
  })
}

/** Posts a probe, then reads it with `after`, which waits until it is there. Returns the delays from before the post. */
async function probe(url: string, first: number, ask: (after: After) => Promise<string>): Promise<readonly number[]> {
  const delays: number[] = []
  const until = performance.now() + probingMsMax
  while (delays.length < probesMax && performance.now() < until) {
    const { id, event } = probeEvent(first + delays.length)
    const startedAt = performance.now()
    const answer = await ask(await postEvents(url, 'rsvp', [event]))
    delays.push(performance.now() - startedAt)
    if (!answer.includes(String(id))) throw new Error(`an event is missing: ${answer}`)
  }
  return delays
}

const freshness = `event to its answer at ${eventsPerSecond} events/s`
export const fresh = {
  namedMedian: { title: `${freshness}, named query, median`, unit: 'ms', goal: { atMost: 40 } },
  namedP99: { title: `${freshness}, named query, p99`, unit: 'ms', goal: { atMost: 100 }, moonshot: { atMost: 30 } },
  sqlMedian: { title: `${freshness}, ad-hoc SQL, median`, unit: 'ms', goal: { atMost: 40 } },
  sqlP99: { title: `${freshness}, ad-hoc SQL, p99`, unit: 'ms', goal: { atMost: 100 }, moonshot: { atMost: 30 } },
} as const

export function freshSamples({ named, sql }: Delays) {
  return {
    namedMedian: { samples: [median(named)] },
    namedP99: { samples: [percentile(named, 0.99)] },
    sqlMedian: { samples: [median(sql)] },
    sqlP99: { samples: [percentile(sql, 0.99)] },
  }
}

export const service = defineRow({
  name: 'service',
  figures: {
    cold: {
      title: 'start to the first merged answer, cold cache',
      unit: 's',
      goal: { atMost: 10 },
      moonshot: { atMost: 5 },
    },
    warm: {
      title: 'start to the first merged answer, warm cache',
      unit: 's',
      goal: { atMost: 2 },
      moonshot: { atMost: 1 },
    },
    ...fresh,
    memory: { title: 'most memory held by the main process', unit: 'MiB' },
  },
  async measure(lab) {
    const { coldMs, warmMs, delays, peaks } = await measureService(lab, lab.events)
    return {
      cold: { samples: [coldMs / 1000] },
      warm: { samples: [warmMs / 1000] },
      ...freshSamples(delays),
      memory: { samples: [peaks.mainBytes / 1024 ** 2] },
    }
  },
})
