import { expect, it, onTestFinished } from 'vitest'
import { collectGarbage } from '../../../batch/gc.ts'
import { openDuckDb } from '../../../connectors/engine/duckdb-engine.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { withSession } from '../../../schemas/ports/engine.ts'
import { rsvp } from '../../../schemas/rsvp/dataset.ts'
import { DatasetReplica } from '../../../serving/replica/dataset-replica.ts'
import { openSpeedLayer } from '../../../speed/speed-layer.ts'
import { tighterRsvp, widerRsvp } from '../../support/changed-rsvp.ts'
import { rsvpRecord } from '../../support/make-rsvp.ts'
import { Workbench } from '../../support/workbench.ts'

type Guests = ReadonlyMap<number, number>

async function openReplica(bench: Workbench, dataset: DefinedDataset) {
  const folder = `${bench.folder}/${dataset.hash}`
  const engine = await openDuckDb({ memoryBytesMax: 256 * 1024 * 1024, threads: 1, spillFolder: folder })
  const shared = { dataset, log: bench.log, store: bench.store, engine }
  const speed = await openSpeedLayer({ ...shared, intervalMs: 0, pendingBytesMax: 1e6 })
  const replica = await DatasetReplica.open({
    ...shared,
    speed,
    nativeEngine: engine,
    cacheFolder: folder,
    watchIntervalMs: 1,
  })
  onTestFinished(async () => {
    await replica.close()
    engine.close()
  })
  const guests = async (): Promise<Guests> => {
    const rows = await withSession(engine, (session) => session.rows('SELECT rsvp_id, guests FROM rsvp.rsvp'))
    return new Map(rows.map((row) => [Number(row['rsvp_id']), Number(row['guests'])]))
  }
  return { replica, guests }
}

it('replicas of two declarations answer exactly, whichever of them commits and whatever gc deletes', async () => {
  const bench = await Workbench.open()
  onTestFinished(() => bench.close())
  // Each step corrects the answers of earlier ones, late, and one of the declarations rejects some of them.
  const said: { id: number; mtime: number; guests: number }[] = []
  const recount = (guestsMax: number): Guests => {
    const accepted = said.filter(({ guests }) => guests <= guestsMax).toSorted((a, b) => a.mtime - b.mtime)
    return new Map(accepted.map(({ id, guests }) => [id, guests]))
  }
  const step = async (at: number): Promise<void> => {
    const answers = [0, 1, 2, 3].map((n) => ({
      id: 1 + ((at * 3 + n) % 7),
      mtime: 1_489_920_000_000 + ((at * 7 + n * 5) % 23) * 1000 + at,
      guests: (at * 5 + n * 3) % 8,
    }))
    said.push(...answers)
    await bench.log.append('rsvp', answers.map(rsvpRecord))
    await bench.archive()
  }
  await step(0)
  await bench.generation()
  const old = await openReplica(bench, rsvp)
  await old.replica.start()
  const replicas = [{ ...old, guestsMax: 8 }]
  for (const [dataset, guestsMax] of [
    [widerRsvp, 8],
    [tighterRsvp, 3],
  ] as const) {
    const next = await openReplica(bench, dataset)
    const started = next.replica.start()
    await step(replicas.length)
    await bench.generation()
    expect(next.replica.phase.kind).not.toBe('ready')
    await bench.generation({ dataset })
    await started
    replicas.push({ ...next, guestsMax })
  }
  const turns = [[rsvp], [widerRsvp, rsvp], [tighterRsvp], [rsvp], [rsvp, tighterRsvp], [widerRsvp], []]
  for (const [at, datasets] of turns.entries()) {
    await step(3 + at)
    for (const dataset of datasets) await bench.generation({ dataset })
    await collectGarbage({ store: bench.store, dataset: 'rsvp', keepGenerations: 1, graceMs: 0, now: 4e12 })
    for (const { replica, guests, guestsMax } of replicas) {
      await replica.refresh()
      await replica.speed.reach(new Map([[0, BigInt(said.length)]]))
      expect(await guests()).toEqual(recount(guestsMax))
    }
  }
})
