import { tmpdir } from 'node:os'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import type { LogRecord } from '../../schemas/ports/log.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { EventVerdict } from '../../serving/events/event-verdict.ts'
import { SpeedView } from '../../speed/speed-view.ts'
import { rsvpRecord } from '../support/make-rsvp.ts'
import { RunningSystem } from '../support/running-system.ts'

const dayMs = 86_400_000
const nowMs = Date.UTC(2026, 10, 28, 12)
const { aheadMsMax } = rsvp.time

let engine: DuckDbEngine
let session: Session

beforeEach(async () => {
  engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 1, spillFolder: tmpdir() })
  session = await engine.connect()
})
afterEach(() => {
  session.close()
  engine.close()
})

type Stamped = { readonly mtime: number; readonly recordTime: number; readonly hasLogTime: boolean }

/** The rules once more, without SQL. */
function isAccepted({ mtime, recordTime, hasLogTime }: Stamped): boolean {
  return !hasLogTime || mtime <= clamped(recordTime) + aheadMsMax
}

function streamTimeOf(records: readonly Stamped[]): number | null {
  const times = records.filter(isAccepted).flatMap(({ mtime, recordTime, hasLogTime }) => {
    const received = hasLogTime ? clamped(recordTime) : nowMs
    return mtime <= received + aheadMsMax ? [Math.min(mtime, received)] : []
  })
  return times.length === 0 ? null : Math.max(...times)
}

function clamped(recordTime: number): number {
  return Math.max(0, Math.min(recordTime, 253_402_300_799_999))
}

function toRecord({ mtime, recordTime, hasLogTime }: Stamped, n: number): LogRecord {
  const { key, value } = rsvpRecord({ id: n + 1, mtime })
  return { offset: BigInt(n), timestamp: BigInt(recordTime), hasLogTime, key, headers: [], value }
}

async function openView(): Promise<SpeedView> {
  const view = new SpeedView(rsvp, session, { now: () => nowMs })
  await view.open()
  return view
}

const recordTimes = fc.oneof(
  fc.constantFrom(-1, 0, Math.floor(nowMs / 1000), nowMs - 3 * dayMs, nowMs, nowMs + 3650 * dayMs),
  fc.integer({ min: -10, max: 4 * nowMs }),
)
const mtimes = fc.oneof(
  fc.constantFrom(0, nowMs, nowMs + aheadMsMax, nowMs + aheadMsMax + 1, nowMs + 1460 * dayMs, 253_402_300_799_999),
  fc.integer({ min: nowMs - 400 * dayMs, max: nowMs + 2 * dayMs }),
)
const stamped: fc.Arbitrary<Stamped> = fc.record({ mtime: mtimes, recordTime: recordTimes, hasLogTime: fc.boolean() })

describe('the time of a record', () => {
  it('bounds its event where the log stamped it, decides nothing where its producer did, and stream time follows', async () => {
    const view = await openView()
    let nextOffset = 0n
    let seen: readonly Stamped[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(stamped, { minLength: 1, maxLength: 8 }), async (records) => {
        const first = nextOffset
        nextOffset += BigInt(records.length)
        seen = [...seen, ...records]
        const slice = records.map((record, n) => toRecord(record, Number(first) + n))
        await view.apply([{ partition: 0, firstOffset: first, nextOffset, records: slice }])
        const rows = await session.rows(
          `SELECT log_offset AS n FROM _rsvp_speed.arrival WHERE log_offset >= ${first} ORDER BY log_offset`,
        )
        expect(rows.map(({ n }) => Number(n))).toEqual(
          records.flatMap((record, n) => (isAccepted(record) ? [Number(first) + n] : [])),
        )
        expect(view.state().streamTime).toBe(streamTimeOf(seen))
      }),
      { numRuns: 60, endOnFailure: true },
    )
  }, 120_000)

  it.each([-1, 0, Math.floor(nowMs / 1000), nowMs - 3 * dayMs, nowMs + 3650 * dayMs])(
    'being %i by its producer, stream time moves with event times',
    async (recordTime) => {
      const view = await openView()
      for (const [n, mtime] of [nowMs - 2000, nowMs - 1000, nowMs + 500].entries()) {
        const record = toRecord({ mtime, recordTime, hasLogTime: false }, n)
        await view.apply([{ partition: 0, firstOffset: BigInt(n), nextOffset: BigInt(n + 1), records: [record] }])
        expect(view.state().streamTime).toBe(Math.min(mtime, nowMs))
      }
    },
  )

  it('and the event itself in 2030 are kept, and move no stream time, of a replay of old events either', async () => {
    const view = await openView()
    const replayed = Date.UTC(2017, 2, 19)
    const records = [
      { mtime: replayed, recordTime: nowMs, hasLogTime: false },
      { mtime: Date.UTC(2030, 0, 1), recordTime: Date.UTC(2030, 0, 1), hasLogTime: false },
    ].map(toRecord)
    await view.apply([{ partition: 0, firstOffset: 0n, nextOffset: 2n, records }])
    expect(view.state().streamTime).toBe(replayed)
    const [row] = await session.rows('SELECT count(*) AS n FROM _rsvp_speed.arrival')
    expect(row?.['n']).toBe(2n)
  })
})

describe('on a topic whose producers stamp', () => {
  let system: RunningSystem

  beforeEach(async () => {
    system = await RunningSystem.open(rsvp, 1)
  })
  afterEach(() => system.close())

  const startMs = Date.now()
  const times = [-1, 0, Math.floor(startMs / 1000), startMs - 3 * dayMs, startMs + 3650 * dayMs]

  /** `accepted rejected` in the merged view, and stream time. */
  async function facts() {
    await system.catchUp()
    const [row] = await system.read((reading) =>
      reading.rows(
        'SELECT (SELECT count(*) FROM rsvp.arrival) AS accepted, (SELECT count(*) FROM rsvp.rejected) AS rejected',
      ),
    )
    return { ...row, streamTime: system.replica.speed.state().streamTime }
  }

  it('POST, speed layer, batch run, rebuild and a later replica come to one verdict and one stream time', async () => {
    system.log.producerTimes = () => times[0] ?? 0
    const lines: Uint8Array[] = []
    await system.startReplica()
    for (const [i, time] of times.entries()) {
      system.log.producerTimes = () => time
      const line = rsvpRecord({ id: i + 1, mtime: startMs - 1000 + i }).value
      await system.append([line])
      lines.push(line)
    }
    const future = rsvpRecord({ id: 9, mtime: startMs + 1460 * dayMs }).value
    await system.append([future])
    lines.push(future)
    const verdict = new EventVerdict(rsvp, session, { now: Date.now, hasLogTime: async () => false })
    await verdict.open()
    expect(await verdict.rejections(lines)).toEqual([])

    const expected = { accepted: 6n, rejected: 0n, streamTime: startMs - 1000 + 4 }
    expect(await facts()).toEqual(expected)
    await system.startReplica()
    expect(await facts()).toEqual(expected)
    await system.archive()
    await system.startReplica()
    expect(await facts()).toEqual(expected)
    for (const isRebuild of [false, true]) {
      expect((await system.run({ isRebuild })).manifest?.stream_time).toBe(expected.streamTime)
      await system.handOver()
      expect(await facts()).toEqual(expected)
    }
  })

  it('that the log stamps from now on, only what comes from now on is bounded', async () => {
    const future = (id: number) => rsvpRecord({ id, mtime: startMs + 1460 * dayMs }).value
    system.log.producerTimes = () => 0
    await system.append([future(1)])
    system.log.producerTimes = null
    await system.append([future(2)])
    await system.startReplica()
    const expected = { accepted: 1n, rejected: 1n, streamTime: null }
    expect(await facts()).toEqual(expected)
    await system.archive()
    await system.run()
    await system.handOver()
    expect(await facts()).toEqual(expected)
  })
})
