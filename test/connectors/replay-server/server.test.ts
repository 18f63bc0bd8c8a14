import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Clock } from '../../../connectors/waiting/pace.ts'
import { loadRecording } from '../../../connectors/replay-server/recording.ts'
import { paceRecording } from '../../../connectors/ingest/pace-recording.ts'
import type { ReplayServer, ReplayServerOptions } from '../../../connectors/replay-server/server.ts'
import { ReplayTimeline } from '../../../connectors/replay-server/timeline.ts'
import { openFileSource } from '../../../connectors/sources/file-source.ts'
import { recordedLines } from '../../oracle/recording.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { ManualAlarm } from '../../support/manual-alarm.ts'
import { recordingOf, serveRecording, since } from '../sources/serve-recording.ts'

const eventAt = (mtime: number) => Buffer.from(JSON.stringify({ mtime }))
/** The fourth arrives late. */
const events = [1000, 2000, 3000, 500, 4000].map(eventAt)

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function serve(options: Partial<ReplayServerOptions> = {}) {
  const server = await serveRecording(recordingOf(events), options)
  closers.push(() => server.close())
  return server
}

/** What is sent until there are so many characters, or the connection is cut. */
async function get(url: string, length = Infinity): Promise<string> {
  const stop = new AbortController()
  closers.push(() => stop.abort())
  const { body } = await fetch(url, { signal: stop.signal })
  let text = ''
  try {
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.length >= length) return text
    }
  } catch {
    return `${text} cut`
  }
  return text
}

const all = events.map((event) => `${event.toString()}\n`).join('')

it('begins with the first who comes, at a time where one is asked for, in order of arrival from there on', async () => {
  expect(await get((await serve()).http, all.length)).toBe(all)
  const late = all.slice(all.indexOf('{"mtime":3000}'))
  expect(await get(`${(await serve()).http}?since_mtime=2001`, late.length)).toBe(late)
  expect(await get(`${(await serve()).http}?since_mtime=`, all.length)).toBe(all)
})

it('plays one course for all: who comes later gets what plays, and what came since a time where asked for', async () => {
  let nowMs = 50
  const waits: number[] = []
  const clock: Clock = { now: () => nowMs, sleep: async (ms) => void waits.push(ms) }
  const dueMs = [0, 1000, 2000, 2000, 3000]
  const timeline = new ReplayTimeline({ ...recordingOf(events), dueMs }, clock)
  expect(timeline.join(undefined)).toBe(0)
  nowMs += 1500
  expect(timeline.join(undefined)).toBe(2)
  expect(timeline.join(0)).toBe(0)
  expect(timeline.join(1500)).toBe(1)
  expect(timeline.join(9999)).toBe(2)
  const { signal } = new AbortController()
  await timeline.untilDue(1, signal)
  await timeline.untilDue(2, signal)
  expect(waits).toEqual([500])
})

it('paces a recording by the times of its events', async () => {
  const { timeOf } = since
  const file = new URL('../../../recordings/rsvps-2017-03-19.ndjson', import.meta.url).pathname
  const recording = await loadRecording(openFileSource(file, { lineBytesMax: 1_000_000 }), {
    timeOf,
    pacer: paceRecording({ timeOf, speedup: 10, now: () => 0 }),
    signal: new AbortController().signal,
  })
  expect(recording.lines.map(String)).toEqual(recordedLines().map(String))
  expect(recording.dueMs).toEqual(recording.dueMs.toSorted((a, b) => a - b))
  expect(recording.dueMs.at(-1)).toBeGreaterThan(110_000)
  expect(recording.dueMs.at(-1)).toBeLessThan(125_000)
  expect(recording.newest).toEqual(recording.newest.toSorted((a, b) => a - b))
})

it('holds events that are indented as lines', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-recording-'))
  closers.push(() => rm(folder, { recursive: true }))
  const file = join(folder, 'indented.json')
  await writeFile(file, '{\r\n "mtime": 1,\n "text": "a\\nb"\n}\n{"mtime":2}')
  const { lines } = await loadRecording(openFileSource(file, { lineBytesMax: 1000 }), {
    timeOf: since.timeOf,
    signal: new AbortController().signal,
  })
  expect(lines.map(String)).toEqual(['{   "mtime": 1,  "text": "a\\nb" }', '{"mtime":2}'])
})

it('drops every connection after so many events, within a line, and repeats do not count', async () => {
  const server = await serve({ dropEvery: 2 })
  const two = all.slice(0, all.indexOf('{"mtime":3000}'))
  expect(await get(server.http)).toBe(`${two}{"mtime cut`)
  expect(await get(`${server.http}?since_mtime=0`)).toBe(`${all.slice(0, all.indexOf('{"mtime":4000}'))}{"mtime cut`)
  expect(await get(`${server.http}?since_mtime=0`, all.length)).toBe(all)
  expect(server.sentCount).toBe(5)
})

it('drops every connection when it is told to', async () => {
  const server = await serve()
  const socket = new WebSocket(server.ws)
  const messages: string[] = []
  socket.on('message', (data) => messages.push(Buffer.isBuffer(data) ? data.toString() : 'something else'))
  await waitUntil('all', () => messages.length === events.length)
  const closed = once(socket, 'close')
  const drop = new URL('/drop', server.http)
  expect(await (await fetch(drop, { method: 'POST' })).text()).toBe('dropped 1\n')
  expect((await closed)[0]).toBe(1006)
  expect((await fetch(drop)).status).toBe(405)
  expect(messages).toEqual(events.map(String))
})

it('shows who waits that the connection lives', async () => {
  const alarm = new ManualAlarm()
  const server = await serve({ setAlarm: alarm.set })
  const socket = new WebSocket(`${server.ws}?since_mtime=0`)
  const reading = get(`${server.http}?since_mtime=0`, all.length + 1)
  await once(socket, 'open')
  await waitUntil('both to have all', () => server.sentCount === events.length)
  const pinged = once(socket, 'ping')
  let isHeard = false
  void Promise.all([reading, pinged]).then(() => (isHeard = true))
  await waitUntil('signs of life', () => {
    alarm.ring()
    return isHeard
  })
  expect(await reading).toBe(`${all}\n`)
})

it('says what there is instead, and what it takes', async () => {
  const server = await serve()
  const answers = await Promise.all(
    ['/', '//', '/2/rsvps?since_mtime=yesterday'].map(async (path) => {
      const answer = await fetch(`${new URL(server.http).origin}${path}`)
      return [answer.status, await answer.text()]
    }),
  )
  expect(answers).toEqual([
    [404, 'the stream is at /2/rsvps\n'],
    [404, 'the stream is at /2/rsvps\n'],
    [400, 'since_mtime takes a time in epoch milliseconds\n'],
  ])
  for (const [url, status] of [
    [`${server.ws}/none`, 404],
    [`${server.ws}?since_mtime=x`, 400],
  ] as const) {
    const refused = once(
      new WebSocket(url).on('error', () => {}),
      'unexpected-response',
    )
    expect((await refused)[1]).toMatchObject({ statusCode: status })
  }
})

it('says that its port is taken', async () => {
  const { port }: ReplayServer = await serve()
  await expect(serve({ port })).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  })
})

it('serves no page of another site, over HTTP or WebSocket, and drops nobody for one', async () => {
  const { http, ws, port } = await serve()
  const drop = `http://127.0.0.1:${port}/drop`
  const foreign = { origin: 'https://evil.example' }
  expect((await fetch(http, { headers: foreign })).status).toBe(403)
  expect((await fetch(drop, { method: 'POST', headers: foreign })).status).toBe(403)
  expect((await fetch(drop, { method: 'POST', headers: { origin: 'null' } })).status).toBe(403)
  expect((await fetch(drop, { method: 'POST', headers: { origin: `http://127.0.0.1:${port}` } })).status).toBe(200)
  expect(await refusalOf(ws, foreign)).toBe(403)
})

it('is reached by addresses, localhost and the names that it is allowed: a website may have the others', async () => {
  const { ws } = await serve({ allowedHosts: ['replay'] })
  expect(await refusalOf(ws, { host: 'evil.example' })).toBe(421)
  expect(await refusalOf(ws, { host: 'evil.example', origin: 'http://evil.example' })).toBe(421)
  expect(await refusalOf(ws, { host: 'replay:9000' })).toBeNull()
  expect(await refusalOf(ws, { host: 'localhost', origin: 'http://localhost' })).toBeNull()
})

/** The status that refuses a WebSocket, null where it opens. */
async function refusalOf(url: string, headers: Readonly<Record<string, string>>): Promise<number | null> {
  const socket = new WebSocket(url, { headers })
  closers.push(() => socket.terminate())
  return new Promise((resolve) => {
    socket.on('open', () => resolve(null))
    socket.on('error', () => undefined)
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0))
  })
}
