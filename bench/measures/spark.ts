import { join } from 'node:path'
import type { Lab } from '../lab.ts'
import { whyNoSpark, withSpark } from '../peers/spark.ts'
import { generationRows, peerRows, requireSameTables } from '../peers/tables.ts'
import { withOwnEngine } from '../product/engine.ts'
import { withProduct } from '../product/product.ts'
import { costOf, repeat } from '../product/timing.ts'
import { defineRow } from '../row.ts'

/**
 * Rebuilds of a history beside Spark, in turn. Spark's tables are found equal first: that run is not timed, and so the
 * JVM has compiled what it needs before the clock starts.
 */
async function measureSpark(lab: Lab) {
  const history = await lab.history()
  const lines = await history.lines()
  return await lab.withFolder(async (folder) => {
    const manifest = await history.copyGenerationTo(folder)
    const out = join(folder, 'spark')
    return await withSpark({ lines, out }, (spark) =>
      withProduct(folder, async (product) => {
        await spark.run()
        const tables = [generationRows(manifest, join(folder, 'store')), peerRows(out, '/*.parquet')] as const
        await withOwnEngine((session) => requireSameTables(session, tables, 'Spark'))
        const runs = await repeat(lab.runs, async () => {
          const sparkMs = await spark.run()
          await product.forgetVerdicts()
          return { sparkMs, oursMs: (await costOf(() => product.run({ isRebuild: true }))).wallMs }
        })
        return { events: history.events, on: `Spark ${spark.version}`, runs }
      }),
    )
  })
}

export const spark = defineRow({
  name: 'spark',
  figures: {
    faster: {
      title: 'rebuild, how many times as fast',
      against: 'Spark local[2] from NDJSON to the same tables, JVM started and warm',
      unit: 'x',
      goal: { atLeast: 5 },
      moonshot: { atLeast: 12 },
      goalFrom: 1_000_000,
    },
    rate: { title: 'Spark local[2] from NDJSON to the same tables', unit: 'events/s' },
  },
  async measure(lab) {
    const reason = await whyNoSpark(process.env)
    if (reason !== null) return { faster: { skipped: reason }, rate: { skipped: reason } }
    const { events, on, runs } = await measureSpark(lab)
    return {
      faster: { samples: runs.map(({ sparkMs, oursMs }) => sparkMs / oursMs), on },
      rate: { samples: runs.map(({ sparkMs }) => (1000 * events) / sparkMs), on },
    }
  },
})
