import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import { noRanges } from '../../schemas/formats/offset-ranges.ts'
import type { Session } from '../../schemas/ports/engine.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { seededRandom } from '../../schemas/sensor/random.ts'
import { SpeedView } from '../../speed/speed-view.ts'
import { readTables } from '../oracle/read-tables.ts'
import { recordedRecords } from '../oracle/recording.ts'
import { recount } from '../oracle/recount.ts'
import type { LoggedRecord } from '../oracle/recount.ts'
import { changedSession } from '../support/changed-session.ts'

const bad = ['no JSON', '{}', '{"rsvp_id":1}', '[]'].map((text) => Buffer.from(text))

describe('small micro-batches, whose plans are kept', () => {
  let folder: string
  let engine: DuckDbEngine
  let session: Session
  /** How many statements were planned to be kept, and how many runs of them there were. */
  let [planned, runs]: [number, number] = [0, 0]
  let isExhausted: (sql: string) => boolean

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-plans-'))
    engine = await openDuckDb({ memoryBytesMax: 512 * 1024 * 1024, threads: 2, spillFolder: folder })
    ;[planned, runs, isExhausted] = [0, 0, () => false]
    const own = await engine.connect()
    session = changedSession(own, {
      prepare: async (sql) => {
        planned += 1
        const plan = await own.prepare(sql)
        return {
          rows: async (lists) => {
            runs += 1
            if (isExhausted(sql)) throw new Error('Out of Memory Error: planted')
            return await plan.rows(lists)
          },
          close: () => plan.close(),
        }
      },
    })
  })
  afterEach(async () => {
    session.close()
    engine.close()
    await rm(folder, { recursive: true })
  })

  async function openView(): Promise<SpeedView> {
    const view = new SpeedView(rsvp, session)
    await view.open()
    return view
  }

  /** The recorded events with bad ones among them, at offsets without gaps. */
  function records(count: number): readonly LoggedRecord[] {
    const recorded = recordedRecords({ order: 'recorded', partitions: 1, keyed: false, seed: 1 }).slice(0, count)
    const mixed = recorded.flatMap((record, n) =>
      n % 20 === 7 ? [record, { ...record, value: bad[Math.floor(n / 20) % bad.length] ?? record.value }] : [record],
    )
    return mixed.map((record, offset) => ({ ...record, partition: 0, offset: BigInt(offset) }))
  }

  async function apply(view: SpeedView, part: readonly LoggedRecord[]): Promise<void> {
    const [first, last] = [part[0], part.at(-1)]
    if (first === undefined || last === undefined) return
    const slice = part.map((record) => ({ ...record, hasLogTime: true, key: null, headers: [] }))
    await view.apply([{ partition: 0, firstOffset: first.offset, nextOffset: last.offset + 1n, records: slice }])
  }

  it('hold the rows of a recount after each of many, bad events and hand-overs between them included', async () => {
    const [view, all, random] = [await openView(), records(360), seededRandom(7)]
    let [from, next, generation] = [0, 0, 0]
    while (next < all.length) {
      const end = Math.min(all.length, next + 1 + Math.floor(random() ** 3 * 12))
      await apply(view, all.slice(next, end))
      next = end
      if (random() < 0.05) {
        generation += 1
        const tidemark = new Map([[0, BigInt(next)]])
        await view.handOver({ generation, tidemark, lost: noRanges, streamTime: null, viewStatements: [] })
        from = next
      }
      if (random() < 0.3 || next === all.length)
        expect(await readTables(session, '_rsvp_speed')).toEqual(recount(all.slice(from, next)))
    }
    expect(generation).toBeGreaterThan(2)
    expect(runs).toBeGreaterThan(5 * planned)
  })

  it('give way where memory does not suffice beside the plans, and lose and double nothing', async () => {
    const [view, all] = [await openView(), records(60)]
    for (const [n, record] of all.entries()) {
      isExhausted = (sql) => n % 10 === 5 && sql.startsWith('MERGE INTO _rsvp_speed."event"')
      await apply(view, [record])
    }
    expect(runs).toBeGreaterThan(all.length)
    expect(await readTables(session, '_rsvp_speed')).toEqual(recount(all))
  })

  it('are no longer small beyond some records, and small again afterwards', async () => {
    const [view, all] = [await openView(), records(300)]
    await apply(view, all.slice(0, 2))
    await apply(view, all.slice(2, 4))
    const before = runs
    await apply(view, all.slice(4, 250))
    expect(runs).toBe(before)
    await apply(view, all.slice(250))
    expect(runs).toBeGreaterThan(before)
    expect(await readTables(session, '_rsvp_speed')).toEqual(recount(all))
  })
})

it('conclude nothing from what their tables held when they were planned', async () => {
  const engine = await openDuckDb({ memoryBytesMax: 64 * 1024 ** 2, threads: 1, spillFolder: tmpdir() })
  const session = await engine.connect()
  try {
    await session.run('CREATE TABLE t (reason VARCHAR, n BIGINT)')
    await session.run(`INSERT INTO t VALUES (NULL, 1)`)
    const faulty = await session.prepare('SELECT count(*) AS n FROM t WHERE reason IS NOT NULL')
    const greatest = await session.prepare('SELECT n FROM t ORDER BY n DESC LIMIT 1')
    expect([await faulty.rows([]), await greatest.rows([])]).toEqual([[{ n: 0n }], [{ n: 1n }]])
    await session.run(`INSERT INTO t VALUES ('late', 300000000000)`)
    expect([await faulty.rows([]), await greatest.rows([])]).toEqual([[{ n: 1n }], [{ n: 300_000_000_000n }]])
    for (const plan of [faulty, greatest]) plan.close()
  } finally {
    session.close()
    engine.close()
  }
})
