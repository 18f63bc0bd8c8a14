import { oncePerHistory } from '../lab.ts'
import type { Lab } from '../lab.ts'
import { tail } from '../events/history.ts'
import { withProduct } from '../product/product.ts'
import { costOf, repeat } from '../product/timing.ts'
import type { Cost } from '../product/timing.ts'
import { defineRow } from '../row.ts'
import { measureRebuilds } from './rebuild.ts'
import { median } from '../report/figure.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'

const increments = 3

type Increment = Cost & { readonly bytes: number }

/** Makes more generations of a history, each with the next part of its tail. */
export const measureIncrements = oncePerHistory(async (lab: Lab, events): Promise<readonly Increment[]> => {
  const history = await lab.history(events)
  return await lab.withFolder(async (folder) => {
    await history.copyGenerationTo(folder)
    return await withProduct(folder, async (product) => {
      return await repeat(increments, async (n) => {
        await history.copyTo(folder, events + (n + 1) * tail.events)
        let bytes = 0
        const cost = await costOf(async () => {
          bytes = writtenBytes(await product.run())
        })
        return { ...cost, bytes }
      })
    })
  })
})

/** Bytes of the files that a generation does not share with its predecessor. */
function writtenBytes({ dataset, generation, tables }: Manifest): number {
  const own = `${dataset}/${String(generation).padStart(10, '0')}/`
  return Object.values(tables)
    .flat()
    .filter(({ key }) => key.startsWith(own))
    .reduce((sum, { bytes }) => sum + bytes, 0)
}

const title = `incremental run, ${tail.events} new events`

export const increment = defineRow({
  name: 'increment',
  figures: {
    time: {
      title,
      against: 'time of a full rebuild',
      unit: '%',
      goal: { atMost: 5 },
      moonshot: { atMost: 2 },
      goalFrom: 10_000_000,
    },
    cpuTime: { title, against: 'processor time of a full rebuild', unit: '%', quick: { atMost: 165 } },
    bytes: {
      title,
      against: 'bytes that a rebuild writes',
      unit: '%',
      goal: { atMost: 10 },
      moonshot: { atMost: 2 },
      goalFrom: 10_000_000,
    },
    seconds: { title, unit: 's' },
  },
  async measure(lab) {
    const rebuilds = await measureRebuilds(lab, lab.events)
    const [wallMs, cpuMs] = [
      median(rebuilds.runs.map(({ ours }) => ours.wallMs)),
      median(rebuilds.runs.map(({ ours }) => ours.cpuMs)),
    ]
    const runs = await measureIncrements(lab, lab.events)
    return {
      time: { samples: runs.map((run) => (100 * run.wallMs) / wallMs) },
      cpuTime: { samples: runs.map((run) => (100 * run.cpuMs) / cpuMs) },
      bytes: { samples: runs.map(({ bytes }) => (100 * bytes) / rebuilds.bytes) },
      seconds: { samples: runs.map((run) => run.wallMs / 1000) },
    }
  },
})
