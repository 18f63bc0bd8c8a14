import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { generateEvents } from './events/generate-events.ts'
import type { Figure } from './report.ts'

const eventsPerSecond = 500
const batchEvents = 10
const probes = 200
/** At most this many requests run at once, so that a slow service is not flooded. */
const sendingMax = 50
/** Greater than the generator's ids, so that each probe has a key of its own. */
const firstProbeId = 8_000_000_000

/** Measures the built service, started as its users start it, on the log and store of `measureLayers`. */
export async function measureService(folder: string, count: number): Promise<readonly Figure[]> {
  const main = fileURLToPath(new URL('../cli/tidemark.cjs', import.meta.url))
  const startedAt = performance.now()
  const service = spawn(process.execPath, [main, 'start', '--port', '0'], {
    env: { ...process.env, TIDEMARK_DATA_DIR: folder, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  try {
    const url = await urlOf(service)
    await firstAnswer(url)
    const startMs = performance.now() - startedAt
    await sql(url, 'SELECT 1')
    const delays = await underLoad(url, () => probeAll(url))
    return [
      { name: `start to first merged answer, ${count} events`, value: startMs / 1000, unit: 's', target: 10 },
      {
        name: `event to merged SQL at ${eventsPerSecond} events/s, median`,
        value: percentile(delays, 0.5),
        unit: 'ms',
      },
      {
        name: `event to merged SQL at ${eventsPerSecond} events/s, p99`,
        value: percentile(delays, 0.99),
        unit: 'ms',
        target: 250,
      },
      { name: 'memory of the main process', value: await residentBytes(service), unit: 'MB', target: 600 },
    ]
  } finally {
    service.kill('SIGTERM')
    await once(service, 'exit')
  }
}

async function urlOf(service: ChildProcess): Promise<string> {
  if (service.stderr === null) throw new TypeError('the service has no stderr')
  for await (const line of createInterface({ input: service.stderr })) {
    const url = /Tidemark answers at (\S+)/.exec(line)?.[1]
    if (url !== undefined) {
      service.stderr.resume()
      return url
    }
  }
  throw new Error('the service ended before it listened')
}

async function firstAnswer(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/v1/rsvp/queries/yes-by-city?limit=1`)
    await answer.arrayBuffer()
    if (answer.ok) return
    await delay(5)
  }
}

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

/**
 * Posts each probe, then reads it with `after`, which waits until it is there. Returns the delays, counted from before
 * the post.
 */
async function probeAll(url: string): Promise<readonly number[]> {
  const [template] = generateEvents({ count: 1, seed: 3 })
  const text = Buffer.from(template ?? []).toString()
  const delays: number[] = []
  for (let probe = 0; probe < probes; probe += 1) {
    const id = firstProbeId + probe
    const startedAt = performance.now()
    const posted = await post(url, Buffer.from(text.replace(/"rsvp_id":\d+/, `"rsvp_id":${id}`)))
    const { offsets }: { offsets: unknown } = JSON.parse(posted)
    const answer = await sql(url, `SELECT count(*) AS seen FROM rsvp.rsvp WHERE rsvp_id = ${id}`, offsets)
    if (!answer.includes('"seen":1')) throw new Error(`an event is missing: ${answer}`)
    delays.push(performance.now() - startedAt)
  }
  return delays
}

async function sql(url: string, statement: string, after: unknown = {}): Promise<string> {
  const answer = await fetch(`${url}/v1/sql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql: statement, after }),
  })
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
  return await answer.text()
}

async function post(url: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const answer = await fetch(`${url}/v1/rsvp/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
  })
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
  return await answer.text()
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

async function residentBytes({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1000
}
