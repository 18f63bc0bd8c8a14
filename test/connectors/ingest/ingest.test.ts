import { once } from 'node:events'
import { expect, it } from 'vitest'
import { ingest, type IngestOptions, type NotTaken } from '../../../connectors/ingest/ingest.ts'
import type { LineBatch } from '../../../connectors/framing/line-batch.ts'
import type { LineSource } from '../../../connectors/sources/line-source.ts'
import type { Clock } from '../../../connectors/waiting/pace.ts'
import { paceByRate } from '../../../connectors/waiting/pace.ts'
import { LineSplitter } from '../../../schemas/split-lines.ts'
import { collect, textsOf } from '../../support/follow-log.ts'
import { MemoryLog } from '../../fakes/memory-log.ts'

const topic = 't'

/** Chunks of text; an error in their place is thrown there. Resumes by byte. */
function sourceOf(chunks: readonly (string | Error)[], { isResumable = true } = {}): LineSource {
  return {
    name: 'test',
    async *read(position, signal): AsyncGenerator<LineBatch> {
      const splitter = new LineSplitter({ lineBytesMax: 8 })
      const done = position === null ? 0 : Number(position)
      const batchOf = ({ lines, tooLong }: ReturnType<LineSplitter['push']>): LineBatch => ({
        lines: lines.filter(({ endByte }) => endByte > done),
        tooLong,
        last: splitter.last,
        origin: 'test',
        positionAfter: ({ endByte }) => (isResumable ? String(endByte) : null),
      })
      for (const chunk of chunks) {
        if (signal.aborted) return
        if (chunk instanceof Error) throw chunk
        yield batchOf(splitter.push(Buffer.from(chunk)))
      }
      yield batchOf(splitter.end())
    },
  }
}

async function setUp() {
  const log = new MemoryLog()
  await log.ensureTopic(topic)
  const run = (source: LineSource, options: Partial<IngestOptions> = {}) =>
    ingest({ log, topic, source, signal: new AbortController().signal, clock: instantClock(), ...options })
  const logged = async () => {
    const end = (await log.bounds(topic)).get(0)?.nextOffset ?? 0n
    return textsOf(await collect(log, topic, { from: new Map(), until: new Map([[0, end]]) }))
  }
  return { log, run, logged }
}

/** Sleeps take no time, and are remembered. */
function instantClock(): Clock & { readonly slept: number[] } {
  let nowMs = 0
  const slept: number[] = []
  const sleep = async (ms: number) => {
    slept.push(ms)
    nowMs += ms
  }
  return { now: () => nowMs, sleep, slept }
}

it('appends every line in order, and counts', async () => {
  const { run, logged } = await setUp()
  const refused: NotTaken[] = []
  const counts = await run(sourceOf(['a\nb', 'c\n\n123456789\nd', 'e']), { onNotTaken: (what) => refused.push(what) })
  expect(await logged()).toEqual(['a', 'bc', 'de'])
  expect(counts).toEqual({ received: 4, refused: 1, broken: 0, appended: 3 })
  expect(refused).toEqual([{ origin: 'test', unit: 'line', number: 4, broken: null }])
})

it('counts what is judged also where the first piece of a source ends inside a line', async () => {
  const { run } = await setUp()
  const judge = async (lines: readonly Uint8Array[]) => lines.filter((line) => line[0] === 0x62).length
  expect(await run(sourceOf(['a', 'a\nb\n', 'a\n']), { judge })).toMatchObject({ judged: { accepted: 2, rejected: 1 } })
})

it('appends nothing twice when it is run again', async () => {
  const { log, run, logged } = await setUp()
  await run(sourceOf(['a\nb\n\n']))
  expect(await log.sourcePosition(topic, 'test')).toBe('5')
  expect(await run(sourceOf(['a\nb\n\nc\n']))).toMatchObject({ received: 1, appended: 1 })
  expect(await logged()).toEqual(['a', 'b', 'c'])
})

it('keeps what was read before a source failed, and says what failed', async () => {
  const { log, run, logged } = await setUp()
  const failure = new Error('the source broke')
  await expect(run(sourceOf(['a\nb\nc', failure]))).rejects.toBe(failure)
  expect(await logged()).toEqual(['a', 'b'])
  expect(await log.sourcePosition(topic, 'test')).toBe('4')
  await run(sourceOf(['a\nb\nc', 'd\n']))
  expect(await logged()).toEqual(['a', 'b', 'cd'])
})

it.each(['before', 'after'] as const)(
  'appends once when an append fails %s the records are in the log',
  async (moment) => {
    const { log, run, logged } = await setUp()
    const messages: string[] = []
    log.failNextAppend = moment
    await run(sourceOf(['a\nb\n']), { onRetry: (message) => messages.push(message) })
    expect(await logged()).toEqual(['a', 'b'])
    expect(messages).toEqual(['a planned failure'])
  },
)

it('stops where another ingest of the same source has moved on', async () => {
  const { log, run, logged } = await setUp()
  const source = sourceOf(['a\n'])
  const late: LineSource = {
    name: source.name,
    async *read(position, signal) {
      await log.append(topic, [], { source: 'test', position: '2', previous: null })
      yield* source.read(position, signal)
    },
  }
  await expect(run(late)).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
  expect(await logged()).toEqual([])
})

it('appends what it has read when it is told to stop, and resumes there', async () => {
  const { log, run, logged } = await setUp()
  const stop = new AbortController()
  const clock: Clock = { now: () => 0, sleep: async () => stop.abort() }
  const dueMs = [0, 0, 1000]
  await run(sourceOf(['a\nb\nc\n']), { signal: stop.signal, clock, pacer: () => dueMs.shift() ?? 0 })
  expect(await logged()).toEqual(['a', 'b'])
  expect(await log.sourcePosition(topic, 'test')).toBe('4')
  await run(sourceOf(['a\nb\nc\n']))
  expect(await logged()).toEqual(['a', 'b', 'c'])
})

it('stops waiting for an unreachable log when it is told to stop', async () => {
  const { log, run } = await setUp()
  const stop = new AbortController()
  log.failNextAppend = 'before'
  const stopping = run(sourceOf(['a\n']), {
    signal: stop.signal,
    clock: {
      now: () => 0,
      sleep: async () => {
        log.failNextAppend = 'before'
        stop.abort()
      },
    },
  })
  await expect(stopping).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' })
})

it('holds the rate it was given', async () => {
  const { run } = await setUp()
  const clock = instantClock()
  await run(sourceOf(['a\nb\nc\nd\n']), { clock, pacer: paceByRate(10, () => clock.now()) })
  expect(clock.slept).toEqual([100, 100, 100])
})

it('reads no further than a slow log follows', async () => {
  const { log } = await setUp()
  const line = `${'x'.repeat(7)}\n`.repeat(1000)
  const read = { count: 0 }
  const stop = new AbortController()
  const source = sourceOf(
    Array.from({ length: 100 }, () => line),
    { isResumable: false },
  )
  const counted: LineSource = {
    name: 'counted',
    async *read(position, signal) {
      for await (const batch of source.read(position, signal)) {
        read.count += batch.lines.length
        yield batch
      }
    },
  }
  const stuck = new MemoryLog()
  await stuck.ensureTopic(topic)
  stuck.append = async (_topic, records) => {
    if (stop.signal.aborted) return new Map()
    await once(stop.signal, 'abort')
    return log.append(topic, records)
  }
  const running = ingest({ log: stuck, topic, source: counted, signal: stop.signal })
  while (read.count < 6000) await new Promise((resolve) => setImmediate(resolve))
  for (let i = 0; i < 100; i += 1) await new Promise((resolve) => setImmediate(resolve))
  expect(read.count).toBeLessThanOrEqual(7000)
  stop.abort()
  await running
})
