import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogSlice } from '../../schemas/ports/log.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { loadChunks } from '../../speed/load-chunks.ts'
import { SpeedView } from '../../speed/speed-view.ts'
import type { NewlyLost } from '../../speed/speed-view.ts'
import { rsvpRecords } from '../support/make-rsvp.ts'
import { Workbench } from '../support/workbench.ts'
import { collectAll } from '../support/follow-log.ts'

describe('a speed view that loads raw chunks', () => {
  let bench: Workbench
  let view: SpeedView
  let newlyLost: NewlyLost[]

  beforeEach(async () => {
    bench = await Workbench.open()
    newlyLost = []
    view = new SpeedView(rsvp, bench.session, { onLost: (newly) => newlyLost.push(newly) })
    await view.open()
  })

  afterEach(async () => {
    await bench.close()
  })

  const load = () => loadChunks({ dataset: rsvp, store: bench.store, session: bench.session, view })

  async function offsets(): Promise<readonly unknown[]> {
    const rows = await bench.session.rows('SELECT log_offset AS n FROM _rsvp_speed.arrival ORDER BY log_offset')
    return rows.map(({ n }) => Number(n))
  }

  /** What a replica has read of the log so far. */
  async function read(until: bigint): Promise<void> {
    const [slice] = await collectAll(bench.log, 'rsvp')
    if (slice === undefined) throw new TypeError('the log is empty')
    const part: LogSlice = {
      ...slice,
      nextOffset: until,
      records: slice.records.filter(({ offset }) => offset < until),
    }
    await view.apply([part])
  }

  it('goes on in the middle of a chunk, and takes nothing of it twice', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 6))
    await read(4n)
    await bench.archive()
    await bench.log.append('rsvp', rsvpRecords(7, 4))
    await bench.archive()
    await load()
    expect(await offsets()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(view.state().positions).toEqual(new Map([[0, 10n]]))
  })

  it('passes over chunks that a generation covers which is attached meanwhile', async () => {
    for (let chunk = 0; chunk < 4; chunk += 1) {
      await bench.log.append('rsvp', rsvpRecords(1 + 2 * chunk, 2))
      await bench.archive()
    }
    const { generation, tidemark, lost, stream_time: streamTime } = await bench.generation()
    let groups = 0
    const withFiles = bench.store.withFiles.bind(bench.store)
    bench.store.withFiles = async (files, use) => {
      groups += 1
      const result = await withFiles(files, use)
      if (groups === 1) await view.handOver({ generation, tidemark, lost, streamTime, viewStatements: [] })
      return result
    }
    await loadChunks({ dataset: rsvp, store: bench.store, session: bench.session, view, groupBytesMax: 1 })
    // The first, during which the generation came, and the last, in which the view's position may lie.
    expect(groups).toBe(2)
    expect(view.state().positions).toEqual(new Map([[0, 8n]]))
  })

  it('folds fewer chunks at once where memory does not suffice, and each event once', async () => {
    for (let chunk = 0; chunk < 4; chunk += 1) {
      await bench.log.append('rsvp', rsvpRecords(1 + 2 * chunk, 2))
      await bench.archive()
    }
    const folded: number[] = []
    const applyChunks = view.applyChunks.bind(view)
    view.applyChunks = async (paths, footers) => {
      if (paths.length > 2) throw new Error('Out of Memory Error: planted')
      folded.push(paths.length)
      await applyChunks(paths, footers)
    }
    await load()
    expect(folded).toEqual([2, 2])
    expect(await offsets()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('has nothing to do in the middle of the last chunk but one that it has read to its end', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 3))
    await bench.archive()
    await bench.log.append('rsvp', rsvpRecords(4, 3))
    await bench.archive()
    await read(6n)
    await load()
    expect(await offsets()).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('knows of a chunk what was lost beyond its own position, and keeps what it had read of the rest', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 2))
    await bench.archive()
    await bench.log.append('rsvp', rsvpRecords(3, 6))
    await read(4n)
    bench.log.lose('rsvp', 0, 6n)
    await bench.archive()
    await load()
    expect(await offsets()).toEqual([0, 1, 2, 3, 6, 7])
    const lost = new Map([[0, [{ firstOffset: 4n, nextOffset: 6n }]]])
    expect(view.state().lost).toEqual(lost)
    expect(newlyLost).toEqual([{ lost, dropped: new Map() }])
  })

  it('does not call lost what the log held before its chain began', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 5))
    bench.log.lose('rsvp', 0, 3n)
    await bench.archive()
    await load()
    expect([await offsets(), view.state().lost]).toEqual([[3, 4], new Map()])
  })

  it('calls lost what is neither in the log nor in a chunk behind the start of its chain', async () => {
    await bench.archive()
    await bench.log.append('rsvp', rsvpRecords(1, 5))
    bench.log.lose('rsvp', 0, 3n)
    await load()
    await view.apply(await collectAll(bench.log, 'rsvp'))
    expect(view.state().lost).toEqual(new Map([[0, [{ firstOffset: 0n, nextOffset: 3n }]]]))
  })
})
