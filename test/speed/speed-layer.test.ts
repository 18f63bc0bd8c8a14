import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../connectors/engine/duckdb-engine.ts'
import { noRanges } from '../../schemas/formats/offset-ranges.ts'
import type { SpeedLayer } from '../../schemas/ports/speed-layer.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { openSpeedLayer } from '../../speed/speed-layer.ts'
import { rsvpRecords } from '../support/make-rsvp.ts'
import { Workbench } from '../support/workbench.ts'

describe('the speed layer', () => {
  let bench: Workbench
  let engine: DuckDbEngine
  let speed: SpeedLayer

  beforeEach(async () => {
    bench = await Workbench.open()
    engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 1, spillFolder: bench.folder })
    speed = await openSpeedLayer({
      dataset: rsvp,
      log: bench.log,
      store: bench.store,
      engine,
      intervalMs: 0,
      pendingBytesMax: 1e6,
    })
  })
  afterEach(async () => {
    await speed.close()
    engine.close()
    await bench.close()
  })

  const at = (offset: bigint) => new Map([[0, offset]])

  it('wakes whoever waits for positions that a hand-over jumps to', async () => {
    const waits = [speed.reach(at(5n)), speed.receive(at(5n))]
    await speed.handOver({ generation: 1, tidemark: at(5n), lost: noRanges, streamTime: null, viewStatements: [] })
    await Promise.all(waits)
    expect(speed.state()).toMatchObject({ generation: 1, positions: at(5n) })
  })

  it('wakes whoever waits for positions that raw chunks reach', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 3))
    await bench.archive()
    const waits = [speed.reach(at(3n)), speed.receive(at(3n))]
    await speed.loadChunks()
    await Promise.all(waits)
    expect(speed.state().positions).toEqual(at(3n))
  })

  it('loads from raw chunks what the log has deleted before it was read', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 3))
    await bench.archive()
    await bench.log.append('rsvp', rsvpRecords(4, 2))
    bench.log.lose('rsvp', 0, 2n)
    speed.start()
    await speed.reach(at(5n))
    const session = await engine.connect()
    expect(await session.rows('SELECT count(*) AS n FROM _rsvp_speed.arrival')).toEqual([{ n: 5n }])
    session.close()
    expect(speed.state().lost).toEqual(noRanges)
  })

  it('may be started twice and closed twice, and has ended then', async () => {
    await bench.log.append('rsvp', rsvpRecords(1, 3))
    speed.start()
    speed.start()
    await speed.reach(at(3n))
    await speed.close()
    await speed.close()
    await speed.ended
  })
})
