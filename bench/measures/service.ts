import { z } from 'zod'
import { generateEvents } from '../events/generate-events.ts'
import { oncePerHistory } from '../lab.ts'
import type { Lab } from '../lab.ts'
import { askSql, firstAnswer, startTidemark, textOf, urlOf } from '../product/tidemark-process.ts'
import { median, percentile } from '../report/figure.ts'
import { defineRow } from '../row.ts'

const eventsPerSecond = 500
const batchEvents = 10
/** At most this many requests run at once, so that a slow service is not flooded. */
const sendingMax = 50
/** Probes end at this number of them or after this time, whichever comes first. */
const probesMax = 200
const probingMsMax = 30_000
/** Greater than the generator's ids, so that each probe has a key of its own. */
const firstProbeId = 8_000_000_000

const Posted = z.object({ offsets: z.record(z.string(), z.object({ next: z.string() })) })

/**
 * Starts the built service as its users do, on a history with a generation and events beyond it, and reads what was
 * posted while other events arrive.
 */
export const measureService = oncePerHistory(async (lab: Lab, events) => {
  const history = await lab.history(events)
  return await lab.withFolder(async (folder) => {
    await history.copyGenerationTo(folder)
    const startedAt = performance.now()
    const service = startTidemark(['start', '--port', '0'], folder)
    const url = await urlOf(service)
    await firstAnswer(service, async () => textOf(await fetch(`${url}/v1/rsvp/queries/yes-by-city?limit=1`)))
    const startMs = performance.now() - startedAt
    await firstAnswer(service, () => askSql(url, 'SELECT 1'))
    const delays = await underLoad(url, () => probe(url))
    service.child.kill('SIGTERM')
    return { startMs, delays, peaks: await service.ended() }
  })
})

const freshness = `event to merged SQL at ${eventsPerSecond} events/s`

export const service = defineRow({
  name: 'service',
  figures: {
    start: { title: 'start to the first merged answer, cold cache', unit: 's' },
    median: { title: `${freshness}, median of the probes`, unit: 'ms' },
    p99: { title: `${freshness}, p99 of the probes`, unit: 'ms' },
    memory: { title: 'most memory held by the main process', unit: 'MiB' },
  },
  async measure(lab) {
    const { startMs, delays, peaks } = await measureService(lab, lab.events)
    return {
      start: { samples: [startMs / 1000] },
      median: { samples: [median(delays)] },
      p99: { samples: [percentile(delays, 0.99)] },
      memory: { samples: [peaks.mainBytes / 1024 ** 2] },
    }
  },
})

/** Runs `work` while events arrive at a steady rate. */
async function underLoad<T>(url: string, work: () => Promise<T>): Promise<T> {
  const events = generateEvents({ count: 1_000_000, seed: 2 })[Symbol.iterator]()
  const takeBatch = () =>
    Buffer.concat(
      Array.from({ length: batchEvents }, () =>
        Buffer.concat([events.next().value ?? new Uint8Array(), Buffer.from('\n')]),
      ),
    )
  const sending = new Set<Promise<unknown>>()
  const timer = setInterval(
    () => {
      if (sending.size >= sendingMax) return
      const sent = post(url, takeBatch()).finally(() => sending.delete(sent))
      sending.add(sent)
    },
    (1000 * batchEvents) / eventsPerSecond,
  )
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await Promise.all(sending)
  }
}

/** Posts a probe, then reads it with `after`, which waits until it is there. Returns the delays from before the post. */
async function probe(url: string): Promise<readonly number[]> {
  const [template] = generateEvents({ count: 1, seed: 3 })
  const text = Buffer.from(template ?? []).toString()
  const delays: number[] = []
  const until = performance.now() + probingMsMax
  while (delays.length < probesMax && performance.now() < until) {
    const id = firstProbeId + delays.length
    const startedAt = performance.now()
    const posted = await post(url, Buffer.from(text.replace(/"rsvp_id":\d+/, `"rsvp_id":${id}`)))
    const answer = await askSql(url, `SELECT count(*) AS seen FROM rsvp.rsvp WHERE rsvp_id = ${id}`, afterOf(posted))
    if (!answer.includes('"seen":1')) throw new Error(`an event is missing: ${answer}`)
    delays.push(performance.now() - startedAt)
  }
  return delays
}

/** The positions after posted events, as a query takes them. */
function afterOf(posted: string): Readonly<Record<string, string>> {
  const { offsets } = Posted.parse(JSON.parse(posted))
  return Object.fromEntries(Object.entries(offsets).map(([partition, { next }]) => [partition, next]))
}

async function post(url: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const headers = { 'content-type': 'application/x-ndjson' }
  return await textOf(await fetch(`${url}/v1/rsvp/events`, { method: 'POST', headers, body }))
}
