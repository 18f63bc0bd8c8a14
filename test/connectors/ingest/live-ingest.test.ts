import { afterEach, expect, it } from 'vitest'
import { openHttpSource } from '../../../connectors/sources/http-source.ts'
import { type IngestOptions, ingest } from '../../../connectors/ingest/ingest.ts'
import type { LineSource, LiveSourceOptions } from '../../../connectors/sources/line-source.ts'
import type { ReplayServer } from '../../../connectors/replay-server/server.ts'
import { openWebSocketSource } from '../../../connectors/sources/websocket-source.ts'
import type { NewRecord } from '../../../schemas/ports/log.ts'
import { settled } from '../../support/follow-log.ts'
import { MemoryLog } from '../../fakes/memory-log.ts'
import { recordedLines } from '../../oracle/recording.ts'
import { readLog } from '../../support/read-log.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { recordingOf, serveRecording, since } from '../sources/serve-recording.ts'

const topic = 'rsvp'
const lines = recordedLines()
const texts = lines.map(textOf)
const forms = [
  { form: 'http', open: openHttpSource },
  { form: 'ws', open: openWebSocketSource },
] as const

let server: (ReplayServer & { readonly http: string; readonly ws: string }) | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

function textOf(line: Uint8Array | null): string {
  return line === null ? '' : Buffer.from(line).toString('latin1')
}

/** Waits between tries take no time. */
const options: LiveSourceOptions = { lineBytesMax: 1_000_000, since, clock: { sleep: async () => {} } }

async function emptyLog(): Promise<MemoryLog> {
  const log = new MemoryLog()
  await log.ensureTopic(topic)
  return log
}

/** Ingests until the log holds this many lines, the last one of the recording among them. */
async function ingestAll(log: MemoryLog, source: LineSource, more: Partial<IngestOptions> = {}) {
  const stop = new AbortController()
  const append = log.append.bind(log)
  log.append = async (name, records, position) => {
    const ranges = await append(name, records, position)
    if (records.some(({ value }) => textOf(value) === texts.at(-1))) stop.abort()
    return ranges
  }
  const counts = await ingest({ log, topic, source, signal: stop.signal, ...more })
  return { counts, ...(await readLog(log)) }
}

it.each(forms)('appends the bytes of a recording that is served over $form, in order', async ({ form, open }) => {
  server = await serveRecording(recordingOf(lines))
  const { records, counts } = await ingestAll(await emptyLog(), open(server[form], options))
  expect(records.map(({ value }) => textOf(value))).toEqual(texts)
  expect(counts).toEqual({ received: 1542, refused: 0, broken: 0, appended: 1542 })
})

it.each(forms)('loses nothing over $form where the connection is dropped again and again', async ({ form, open }) => {
  server = await serveRecording(recordingOf(lines), { dropEvery: 100 })
  const waits: string[] = []
  const source = open(`${server[form]}?since_mtime=0`, { ...options, onRetry: (message) => waits.push(message) })
  const { records, counts, recounted } = await ingestAll(await emptyLog(), source)
  expect(waits.length).toBeGreaterThanOrEqual(15)
  // Each time a little comes again, not all of it.
  expect(counts.received).toBeGreaterThan(1542)
  expect(counts.received).toBeLessThan(3000)
  expect([...new Set(records.map(({ value }) => textOf(value)))]).toEqual([...new Set(texts)])
  // Repeats change none of the tables that merge by key.
  const { recounted: expected } = await ingestAll(await emptyLog(), sourceOf(lines))
  expect({ ...recounted, arrival: [], rejected: [] }).toEqual({ ...expected, arrival: [], rejected: [] })
  expect(recounted['rsvp'].filter(({ response }) => response === 'yes')).toHaveLength(864)
})

it.each(forms)('goes on over $form where an ingest that was stopped had come to', async ({ form, open }) => {
  server = await serveRecording(recordingOf(lines))
  const url = `${server[form]}?since_mtime=0`
  const log = await emptyLog()
  const stop = new AbortController()
  const first = await ingest({
    log,
    topic,
    source: open(url, options),
    signal: stop.signal,
    pacer: () => 0,
    clock: { now: () => 0, sleep: async () => {} },
    onProgress: ({ appended }) => appended > 500 && stop.abort(),
  })
  const position = await log.sourcePosition(topic, url)
  expect(position).toMatch(/^{"number":\d+,"since":14899\d+}$/)
  const { counts, records } = await ingestAll(log, open(url, options))
  expect(counts.received).toBeLessThan(1542 - first.appended + 100)
  expect([...new Set(records.map(({ value }) => textOf(value)))]).toEqual([...new Set(texts)])
})

it('loses what was sent while nobody was connected, where the source is not asked for it', async () => {
  server = await serveRecording(recordingOf(lines), { dropEvery: 100 })
  const stop = new AbortController()
  const source = openWebSocketSource(server.ws, { ...options, onRetry: () => stop.abort() })
  const log = await emptyLog()
  await ingest({ log, topic, source, signal: stop.signal })
  const second = new AbortController()
  const again = openWebSocketSource(server.ws, options).read(null, second.signal)[Symbol.asyncIterator]().next()
  await waitUntil('the second connection', () => server?.dropAll() === 1)
  second.abort()
  expect(await again).toEqual({ done: true, value: undefined })
})

it.each(forms)(
  'reads over $form no further than a slow log follows, and all of it in the end',
  async ({ form, open }) => {
    const line = Buffer.from(JSON.stringify({ padding: 'x'.repeat(4000) }))
    const count = 16_000
    server = await serveRecording(recordingOf(Array.from({ length: count }, () => line)))
    const log = await emptyLog()
    const gate = settled()
    const stop = new AbortController()
    let appended = 0
    log.append = async (_topic, records) => {
      await gate.promise
      appended += records.length
      if (appended === count) stop.abort()
      return new Map()
    }
    const running = ingest({ log, topic, source: open(server[form], options), signal: stop.signal })
    const { sentCount } = await untilStill(server)
    // What this process holds, and what the operating system does for both ends.
    expect(sentCount * line.length).toBeLessThan(40 * 1024 * 1024)
    expect(sentCount).toBeGreaterThan(0)
    gate.resolve()
    await running
    expect(appended).toBe(count)
  },
)

/** Resolves once it has sent something and cannot send more. */
async function untilStill(sending: ReplayServer): Promise<ReplayServer> {
  let [turns, sent] = [0, 0]
  await waitUntil('the sender to be held back', () => {
    turns = sending.sentCount === sent && sent > 0 ? turns + 1 : 0
    sent = sending.sentCount
    return turns === 10
  })
  return sending
}

it('appends what a connection has received before the ingest is told to stop', async () => {
  // More than waits between reader and log: the rest waits with the connection.
  const sent = [...lines, ...lines, ...lines].slice(0, 3500)
  server = await serveRecording(recordingOf(sent))
  const log = await emptyLog()
  const gate = settled()
  const append = log.append.bind(log)
  const taken: NewRecord[] = []
  log.append = async (name, records, position) => {
    await gate.promise
    taken.push(...records)
    return await append(name, records, position)
  }
  const stop = new AbortController()
  const running = ingest({ log, topic, source: openWebSocketSource(server.ws, options), signal: stop.signal })
  await waitUntil('all to be sent', () => server?.sentCount === sent.length)
  await untilStill(server)
  stop.abort()
  gate.resolve()
  expect(await running).toMatchObject({ received: sent.length, appended: sent.length })
  expect(taken.map(({ value }) => textOf(value))).toEqual(sent.map(textOf))
})

it('counts what the contract rejects, and goes on without the count where it cannot be had', async () => {
  const judge = async (judged: readonly Uint8Array[]) => judged.filter((line) => textOf(line).startsWith('bad')).length
  const source = sourceOf(['bad 1', 'good', 'bad 2'].map((text) => Buffer.from(text)))
  const { log, run } = { log: await emptyLog(), run: ingest }
  const signal = new AbortController().signal
  expect(await run({ log, topic, source, signal, judge })).toMatchObject({ judged: { accepted: 1, rejected: 2 } })
  const messages: string[] = []
  const broken = async () => {
    throw new Error('out of memory')
  }
  const onRetry = (message: string) => messages.push(message)
  const counts = await run({ log, topic, source, signal, judge: broken, onRetry })
  expect(counts).toEqual({ received: 3, refused: 0, broken: 0, appended: 3 })
  expect(messages).toEqual([expect.stringContaining('out of memory')])
})

function sourceOf(values: readonly Uint8Array[]): LineSource {
  return {
    name: 'lines',
    async *read() {
      const all = values.map((bytes, index) => ({ number: index + 1, endByte: 0, bytes }))
      yield { lines: all, tooLong: [], last: { number: all.length, endByte: 0 }, origin: '', positionAfter: () => null }
    },
  }
}
