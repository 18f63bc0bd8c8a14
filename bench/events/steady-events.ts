import { generateEvents } from './generate-events.ts'
import { postEvents } from '../product/ask.ts'

const batchEvents = 10
const datasetName = 'rsvp'
/** At most this many requests run at once, so that a slow service is not flooded. */
const sendingMax = 50

/** Runs `work` while events arrive at a steady rate. Throws if fewer than nine of ten could be posted. */
export async function whileEventsArrive<T>(url: string, eventsPerSecond: number, work: () => Promise<T>): Promise<T> {
  const events = generateEvents({ count: 1_000_000, seed: 2 })[Symbol.iterator]()
  const takeBatch = () => Array.from({ length: batchEvents }, () => events.next().value ?? new Uint8Array())
  const sending = new Set<Promise<unknown>>()
  let [due, sent] = [0, 0]
  const timer = setInterval(
    () => {
      due += 1
      if (sending.size >= sendingMax) return
      sent += 1
      const posted = postEvents(url, datasetName, takeBatch()).finally(() => sending.delete(posted))
      sending.add(posted)
    },
    (1000 * batchEvents) / eventsPerSecond,
  )
  try {
    const result = await work()
    if (sent < 0.9 * due) throw new Error(`the service took ${sent} of ${due} posts: it cannot keep up`)
    return result
  } finally {
    clearInterval(timer)
    await Promise.all(sending)
  }
}

/** Greater than the generator's ids, and later than its times, so that a probe has a key of its own and is the newest. */
const [firstProbeId, firstProbeMs] = [8_000_000_000, Date.UTC(2020, 0, 1)]

/** An answer that is newer than all generated ones and than the probes before it. */
export function probeEvent(n: number): { readonly id: number; readonly event: Uint8Array } {
  const [template] = generateEvents({ count: 1, seed: 3 })
  const id = firstProbeId + n
  const text = Buffer.from(template ?? [])
    .toString()
    .replace(/"rsvp_id":\d+/, `"rsvp_id":${id}`)
    .replace(/"mtime":\d+/, `"mtime":${firstProbeMs + n}`)
  return { id, event: Buffer.from(text) }
}
