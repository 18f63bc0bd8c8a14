import { join } from 'node:path'
import { logEventsMax } from '../events/history.ts'
import { withOwnEngine } from '../product/engine.ts'
import { withProduct } from '../product/product.ts'
import { costOf, repeat } from '../product/timing.ts'
import type { Cost } from '../product/timing.ts'
import { defineRow } from '../row.ts'
import type { Lab } from '../lab.ts'
import { literal } from '../../schemas/sql/sql-text.ts'

/** Archives the embedded log of a history, beside what the engine needs to write the same records from its memory. */
async function measureArchive(lab: Lab) {
  const history = await lab.history(Math.min(lab.events, logEventsMax))
  const runs = await withOwnEngine(async (session) => {
    await session.run(`CREATE TABLE records AS FROM read_parquet(${literal(history.chunks)})`)
    const copy = (file: string) => session.run(`COPY records TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`)
    await lab.withFolder((folder) => copy(join(folder, 'warm.parquet')))
    return await repeat(lab.runs, () =>
      lab.withFolder(async (folder) => {
        await history.copyTo(folder, 0)
        const ours = await withProduct(folder, (product) => costOf(() => product.archive()))
        return { ours, bare: await costOf(() => copy(join(folder, 'bare.parquet'))) }
      }),
    )
  })
  return { events: history.total, runs }
}

export const archive = defineRow({
  name: 'archive',
  figures: {
    perCore: {
      title: 'archive, embedded log to a folder',
      against: 'a second of one core, by the processor time of the whole process',
      unit: 'events/s',
      goal: { atLeast: 100_000 },
      moonshot: { atLeast: 200_000 },
    },
    rate: { title: 'archive, embedded log to a folder', unit: 'events/s' },
    cpuRatio: {
      title: 'archive, embedded log to a folder',
      against: 'processor time of a bare COPY of the same records from memory to one Parquet file',
      unit: 'x',
      quick: { atMost: 7.4 },
    },
  },
  async measure(lab) {
    const { events, runs } = await measureArchive(lab)
    const perSecond = (ms: (cost: Cost) => number) => ({ samples: runs.map(({ ours }) => (1000 * events) / ms(ours)) })
    return {
      perCore: perSecond(({ cpuMs }) => cpuMs),
      rate: perSecond(({ wallMs }) => wallMs),
      cpuRatio: { samples: runs.map(({ ours, bare }) => ours.cpuMs / bare.cpuMs) },
    }
  },
})
