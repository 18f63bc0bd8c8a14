import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { oncePerHistory } from '../lab.ts'
import type { Lab } from '../lab.ts'
import { runBareScript } from '../peers/bare-script.ts'
import { generationRows, peerRows, requireSameTables } from '../peers/tables.ts'
import { withOwnEngine } from '../product/engine.ts'
import { withProduct } from '../product/product.ts'
import { costOf, repeat } from '../product/timing.ts'
import type { Cost } from '../product/timing.ts'
import { defineRow } from '../row.ts'

type Rebuilds = {
  readonly events: number
  /** In turn: the bare script, a rebuild that judges every event, and one that reads the verdicts of the one before. */
  readonly runs: readonly { readonly bare: Cost; readonly ours: Cost; readonly again: Cost }[]
  /** What a rebuild writes. */
  readonly bytes: number
}

/** Rebuilds of a history beside a script for the same tables, which are found equal first. */
export const measureRebuilds = oncePerHistory(async (lab: Lab, events): Promise<Rebuilds> => {
  const history = await lab.history(events)
  const lines = await history.lines()
  return await lab.withFolder(async (folder) => {
    const manifest = await history.copyGenerationTo(folder)
    const out = join(folder, 'bare')
    await mkdir(out)
    const runBare = () => withOwnEngine((session) => runBareScript(session, { lines, out }))
    return await withProduct(folder, async (product) => {
      await runBare()
      const tables = [generationRows(manifest, join(folder, 'store')), peerRows(out)] as const
      await withOwnEngine((session) => requireSameTables(session, tables, 'the bare script'))
      const runOurs = () => product.run({ isRebuild: true })
      const runs = await repeat(lab.runs, async () => {
        const bareCost = await costOf(runBare)
        await product.forgetVerdicts()
        return { bare: bareCost, ours: await costOf(runOurs), again: await costOf(runOurs) }
      })
      const files = Object.values(manifest.tables).flat()
      return { events, runs, bytes: files.reduce((sum, file) => sum + file.bytes, 0) }
    })
  })
})

export const rebuild = defineRow({
  name: 'rebuild',
  figures: {
    ratio: {
      title: 'rebuild, raw chunks to 3NF Parquet',
      against: 'time of a bare DuckDB script from NDJSON to the same tables',
      unit: 'x',
      goal: { atMost: 2.5 },
      moonshot: { atMost: 1.5 },
    },
    cpuRatio: {
      title: 'rebuild, raw chunks to 3NF Parquet',
      against: 'processor time of the bare script',
      unit: 'x',
      quick: { atMost: 5.4 },
    },
    again: { title: 'rebuild that finds its verdicts', against: 'time of the bare script', unit: 'x' },
    rate: { title: 'rebuild', unit: 'events/s' },
    bareRate: { title: 'the bare script', unit: 'events/s' },
  },
  async measure(lab) {
    const { events, runs } = await measureRebuilds(lab, lab.events)
    const rate = ({ wallMs }: Cost) => (1000 * events) / wallMs
    return {
      ratio: { samples: runs.map(({ ours, bare }) => ours.wallMs / bare.wallMs) },
      cpuRatio: { samples: runs.map(({ ours, bare }) => ours.cpuMs / bare.cpuMs) },
      again: { samples: runs.map(({ again, bare }) => again.wallMs / bare.wallMs) },
      rate: { samples: runs.map(({ ours }) => rate(ours)) },
      bareRate: { samples: runs.map(({ bare }) => rate(bare)) },
    }
  },
})
