import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import { Deferred } from '../../schemas/async/deferred.ts'
import { diskFault } from '../../schemas/disk-fault.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { LogFollower } from '../../speed/follow-log.ts'
import type { FollowOptions } from '../../speed/follow-log.ts'
import { SpeedView } from '../../speed/speed-view.ts'
import { MemoryLog } from '../fakes/memory-log.ts'
import { readTables } from '../oracle/read-tables.ts'
import { recordedLines } from '../oracle/recording.ts'
import { changedSession } from '../support/changed-session.ts'
import { recount } from '../oracle/recount.ts'

let folder: string
let engine: DuckDbEngine
let session: Session
let view: SpeedView
let log: MemoryLog
let follower: LogFollower | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-speed-'))
  engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 1, spillFolder: folder })
  session = await engine.connect()
  view = new SpeedView(rsvp, session)
  await view.open()
  log = new MemoryLog()
  await log.ensureTopic(rsvp.topic)
})
afterEach(async () => {
  await follower?.close()
  await log.close()
  session.close()
  engine.close()
  await rm(folder, { recursive: true })
})

function follow(options: Partial<FollowOptions> = {}): LogFollower {
  const loadLost = async (): Promise<void> => {}
  const standard = { log, topic: rsvp.topic, view, intervalMs: 0, pendingBytesMax: 1e6, loadLost }
  follower = new LogFollower({ ...standard, ...options })
  follower.start()
  return follower
}

async function append(...values: readonly string[]): Promise<void> {
  await log.append(
    rsvp.topic,
    values.map((value) => ({ key: null, value: Buffer.from(value) })),
  )
}

async function rejectedReasons(): Promise<readonly unknown[]> {
  const rows = await session.rows('SELECT reason FROM _rsvp_speed.rejected ORDER BY log_offset')
  return rows.map(({ reason }) => reason)
}

it('asks the archive for what the log has deleted before it was read, and only then', async () => {
  const positionsAtLoss: unknown[] = []
  await append('0', '1', '2', '3')
  log.lose(rsvp.topic, 0, 2n)
  const following = follow({
    loadLost: async () => {
      positionsAtLoss.push(view.state().positions.get(0) ?? 0n)
    },
  })
  await following.reach(new Map([[0, 4n]]))
  await append('4')
  await following.reach(new Map([[0, 5n]]))
  expect(positionsAtLoss).toEqual([0n])
})

it('folds again what failed for want of a disk, loses and doubles nothing, and reads go on meanwhile', async () => {
  let isFull = true
  const failures: unknown[] = []
  const [failed, mended] = [new Deferred(), new Deferred()]
  const breaking = new SpeedView(
    rsvp,
    changedSession(session, {
      run: async (sql) => {
        if (isFull && sql.startsWith('UPDATE'))
          throw new Error('IO Error: Could not write file "x": No space left on device')
        await session.run(sql)
      },
    }),
  )
  const following = follow({
    view: breaking,
    untilFolded: async (fold) => {
      await fold().catch(async (error: unknown) => {
        failures.push(diskFault(error)?.code)
        failed.resolve()
        await mended.promise
        await fold()
      })
    },
  })
  await append('{}', '[]')
  await failed.promise
  expect(await rejectedReasons()).toEqual([])
  isFull = false
  mended.resolve()
  await following.reach(new Map([[0, 2n]]))
  await append('no JSON')
  await following.reach(new Map([[0, 3n]]))
  expect(failures).toEqual(['DISK_FAILED'])
  expect(await rejectedReasons()).toEqual([
    'rsvp_id: missing',
    'the event: expected an object, got an array',
    'the event: not valid JSON',
  ])
})

it('holds the log back while more is read but not folded than may be', async () => {
  const eager = new MemoryLog({ sliceRecordsMax: 2 })
  await eager.ensureTopic(rsvp.topic)
  await eager.append(
    rsvp.topic,
    Array.from({ length: 12 }, () => ({ key: null, value: Buffer.from('{}') })),
  )
  let [read, folded, unfoldedMax] = [0, 0, 0]
  const following = follow({
    log: {
      follow: (topic, from, onSlice) =>
        eager.follow(topic, from, async (slice) => {
          read += slice.records.length
          unfoldedMax = Math.max(unfoldedMax, read - folded)
          await onSlice(slice)
        }),
    },
    pendingBytesMax: 1,
    // A log that is not held back has read all there is before the first fold ends.
    untilFolded: async (fold) => {
      for (let turn = 0; turn < 100; turn += 1) await setImmediate()
      await fold()
    },
    onApplied: ({ records }) => (folded += records),
  })
  await following.reach(new Map([[0, 12n]]))
  await eager.close()
  // One slice is being folded, and the one that exceeds the limit is read.
  expect([read, unfoldedMax]).toEqual([12, 4])
})

it('keeps nobody who has given up waiting', async () => {
  const following = follow()
  const given = new AbortController()
  const waits = following.reach(new Map([[0, 99n]]), given.signal)
  given.abort()
  await waits
  expect(view.state().positions.get(0) ?? 0n).toBe(0n)
})

it('judges each micro-batch by itself: what the first ones held proves nothing about the next', async () => {
  const following = follow()
  for (const [n, value] of ['{}', '[]', 'no JSON', '{"rsvp_id":1}'].entries()) {
    await append(value)
    await following.reach(new Map([[0, BigInt(n + 1)]]))
  }
  expect(await rejectedReasons()).toEqual([
    'rsvp_id: missing',
    'the event: expected an object, got an array',
    'the event: not valid JSON',
    'mtime: missing',
  ])
})

it('takes records whose producers wrote any number as their time', async () => {
  const times = [9_200_000_000_000_000_000n, -5n, 1_700_000_000_000_000_000n]
  const records = times.map((timestamp, n) => ({
    offset: BigInt(n),
    timestamp,
    hasLogTime: false,
    key: null,
    headers: [],
    value: Buffer.from('{}'),
  }))
  await view.apply([{ partition: 0, firstOffset: 0n, nextOffset: 3n, records }])
  const rows = await session.rows('SELECT received_at::VARCHAR AS at FROM _rsvp_speed.rejected ORDER BY log_offset')
  expect(rows.map(({ at }) => at)).toEqual([
    '9999-12-31 23:59:59.999+00',
    '1970-01-01 00:00:00+00',
    '9999-12-31 23:59:59.999+00',
  ])
})

it('folds a micro-batch that is read in two halves as any other', async () => {
  const lines = [...recordedLines(), ...recordedLines()]
  const records = lines.map((value, n) => ({
    offset: BigInt(n),
    timestamp: BigInt(Date.UTC(2017, 2, 19, 13) + n),
    hasLogTime: true,
    key: null,
    headers: [],
    value,
  }))
  const halves: (number | undefined)[] = []
  const watched = changedSession(session, {
    append: async (table, columns) => {
      halves.push(columns[0]?.cells.length)
      await session.append(table, columns)
    },
  })
  await new SpeedView(rsvp, watched).apply([
    { partition: 0, firstOffset: 0n, nextOffset: BigInt(records.length), records },
  ])
  expect(halves).toEqual([records.length / 2, records.length / 2])
  expect(await readTables(session, '_rsvp_speed')).toEqual(
    recount(records.map((record) => ({ partition: 0, ...record }))),
  )
})

it('folds what somebody waits for without waiting for its interval', async () => {
  const following = follow({
    intervalMs: 1e9,
  })
  await append('0')
  await following.reach(new Map([[0, 1n]]))
  await append('1', '2')
  await following.reach(new Map([[0, 3n]]))
  expect(await rejectedReasons()).toHaveLength(3)
})

it('rests while nobody reads; a read sees all that was received, and ends the rest', async () => {
  const folded = [new Deferred(), new Deferred(), new Deferred()]
  let [begun, folds] = [0, 0]
  const following = follow({
    restMs: 1e9,
    untilFolded: async (fold) => {
      begun += 1
      await fold()
    },
    onApplied: () => folded[folds++]?.resolve(),
  })
  await append('0')
  await following.reach(new Map([[0, 1n]]))
  await append('1', '2')
  await following.receive(new Map([[0, 3n]]))
  // Timers fire in the order in which they are due, so a fold that is due at once begins before this one ends.
  await setTimeout(2)
  expect(begun).toBe(1)
  const also = following.wake(1e9).then(() => view.state().positions)
  await following.wake(1e9)
  expect(await also).toEqual(new Map([[0, 3n]]))
  expect(view.state().positions).toEqual(new Map([[0, 3n]]))
  await append('3')
  await folded[2]?.promise
  expect(view.state().positions).toEqual(new Map([[0, 4n]]))
})

it('holds up a read for a while only when it cannot fold', async () => {
  const mended = new Deferred()
  const following = follow({
    restMs: 1e9,
    untilFolded: async (fold) => {
      await mended.promise
      await fold()
    },
  })
  await append('0')
  await following.receive(new Map([[0, 1n]]))
  await following.wake(1)
  expect(view.state().positions).toEqual(new Map())
  mended.resolve()
  await following.reach(new Map([[0, 1n]]))
})

it('says that records were read before they are in the view', async () => {
  const following = follow({
    intervalMs: 1e9,
  })
  await append('0')
  await following.reach(new Map([[0, 1n]]))
  await append('1')
  await following.receive(new Map([[0, 2n]]))
  expect(view.state().positions).toEqual(new Map([[0, 1n]]))
  await following.receive(new Map([[0, 1n]]))
})

it('counts its lag from when it read a record, where only the producer dates it', async () => {
  const startedMs = Date.now()
  log.producerTimes = () => 0
  const following = follow({
    intervalMs: 1e9,
  })
  await append('0')
  await following.reach(new Map([[0, 1n]]))
  await append('1')
  await following.receive(new Map([[0, 2n]]))
  expect(following.oldestPending).toBeGreaterThanOrEqual(startedMs)
})
