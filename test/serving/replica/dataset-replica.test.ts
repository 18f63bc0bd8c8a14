import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { DuckDbEngine } from '../../../connectors/engine/duckdb-engine.ts'
import { Deferred } from '../../../schemas/async/deferred.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { DatasetReplica } from '../../../serving/replica/dataset-replica.ts'
import type { ReplicaOptions } from '../../../serving/replica/dataset-replica.ts'
import { waitingFor } from '../../../serving/replica/replica-phase.ts'
import { openSpeedLayer } from '../../../speed/speed-layer.ts'
import { rejectionOf } from '../../support/rejection-of.ts'
import { rsvpRecords } from '../../support/make-rsvp.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { Workbench } from '../../support/workbench.ts'

describe('the replica of a dataset', () => {
  let bench: Workbench
  let engine: DuckDbEngine
  let replica: DatasetReplica | undefined

  beforeEach(async () => {
    bench = await Workbench.open()
    engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 1, spillFolder: bench.folder })
    await bench.log.append('rsvp', rsvpRecords(1, 4))
    await bench.archive()
  })
  afterEach(async () => {
    await replica?.close()
    replica = undefined
    engine.close()
    await bench.close()
  })

  async function open(options: Partial<ReplicaOptions> = {}): Promise<DatasetReplica> {
    const shared = { dataset: rsvp, log: bench.log, store: bench.store, engine }
    const speed = options.speed ?? (await openSpeedLayer({ ...shared, intervalMs: 0, pendingBytesMax: 1e6 }))
    replica = await DatasetReplica.open({
      ...shared,
      nativeEngine: engine,
      cacheFolder: bench.folder,
      watchIntervalMs: 1e9,
      ...options,
      speed,
    })
    return replica
  }

  it('is ready once it has attached a generation, loaded the chunks beyond it and followed the log', async () => {
    await bench.generation()
    await bench.log.append('rsvp', rsvpRecords(5, 3))
    await bench.archive()
    await bench.log.append('rsvp', rsvpRecords(8, 2))
    const said: (string | null)[] = []
    const starting = await open({ onPhase: (waitsFor) => said.push(waitsFor) })
    expect(waitingFor(starting.phase, 0)).toBe('the log')
    await starting.start()
    expect(starting.phase).toEqual({ kind: 'ready', startEnd: new Map([[0, 9n]]) })
    expect(said).toEqual([
      'the newest generation, which is being attached',
      'raw chunks beyond generation 1 to be read; a generation made meanwhile takes the place of those that it covers',
      'the log beyond generation 1 to be read up to its end as it was at the start; a generation made meanwhile takes the place of what it covers',
      null,
    ])
    const { generation, tidemark, positions } = starting.speed.state()
    expect([generation, tidemark.get(0), positions.get(0)]).toEqual([1, 4n, 9n])
  })

  it('is not ready while it has not reached the end that the log had at the start, and says so', async () => {
    const held = new Deferred()
    const shared = { dataset: rsvp, log: bench.log, store: bench.store, engine }
    await bench.log.append('rsvp', rsvpRecords(5, 3))
    const untilFolded = async (fold: () => Promise<void>) => held.promise.then(fold)
    const behind = await open({
      speed: await openSpeedLayer({ ...shared, intervalMs: 0, pendingBytesMax: 1e6, untilFolded }),
    })
    const started = behind.start()
    await behind.speed.receive(new Map([[0, 7n]]))
    expect(waitingFor(behind.phase, 0)).toBe(
      'the log of the whole history, since there is no generation yet, to be read up to its end as it was at the start; a generation made meanwhile takes the place of what it covers',
    )
    held.resolve()
    await started
    expect(waitingFor(behind.phase, 0)).toBeNull()
  })

  it('waits for a generation of its declaration where another made all there are, and attaches it', async () => {
    await bench.generation({ dataset: { ...rsvp, hash: 'another' } })
    const waiting = await open({ watchIntervalMs: 1 })
    const started = waiting.start()
    await waitUntil('it to wait', () => waiting.phase.kind === 'awaiting-generation')
    expect(waitingFor(waiting.phase, 0)).toBe(
      `a generation of this declaration (${rsvp.hash}): none of the 1 in the store is one that has its files; the next batch run makes one`,
    )
    await bench.generation()
    await started
    expect(waiting.speed.state().generation).toBe(2)
  })

  it('begins again after a start that failed', async () => {
    const again = await open()
    bench.store.setReachable(false)
    expect(await rejectionOf(again.start())).toMatchObject({ code: 'STORE_UNREACHABLE' })
    bench.store.setReachable(true)
    await again.start()
    expect(again.phase.kind).toBe('ready')
  })

  it('folds on after hand-overs, which detach the tables of older generations', async () => {
    await bench.generation()
    const following = await open()
    await following.start()
    for (const first of [5, 10, 15]) {
      await bench.log.append('rsvp', rsvpRecords(first, 5))
      await following.speed.reach(new Map([[0, BigInt(first + 4)]]))
      await bench.archive()
      await bench.generation()
      await following.refresh()
    }
    expect(following.speed.state()).toMatchObject({ generation: 4, tidemark: new Map([[0, 19n]]) })
  })

  it('refuses a log that ends before its archive', async () => {
    bench.log.recreate('rsvp')
    expect(await rejectionOf((await open()).start())).toMatchObject({ code: 'LOG_RECREATED' })
  })

  it('ends its start when it is closed, in whatever phase it is', async () => {
    await bench.generation({ dataset: { ...rsvp, hash: 'another' } })
    const waiting = await open()
    const started = rejectionOf(waiting.start())
    await waitUntil('it to wait', () => waiting.phase.kind === 'awaiting-generation')
    await waiting.close()
    expect(await started).toMatchObject({ name: 'AbortError' })
    await waiting.ended
  })
})
