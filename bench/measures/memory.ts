import type { Lab } from '../lab.ts'
import { oncePerHistory } from '../lab.ts'
import { withService } from '../product/running-service.ts'
import { startTidemark } from '../product/tidemark-process.ts'
import { defineRow } from '../row.ts'

const mebibyte = 1024 * 1024

/** Returns the most memory that `batch run` holds on its defaults, in MiB: of a first run, then of a rebuild. */
export const peaksOfRuns = oncePerHistory(async (lab: Lab, events): Promise<readonly number[]> => {
  const history = await lab.history(events)
  return await lab.withFolder(async (folder) => {
    await history.copyTo(folder, history.total)
    const peaks: number[] = []
    for (const flags of [[], ['--rebuild']]) {
      const run = startTidemark(['batch', 'run', '--dataset', 'rsvp', ...flags], folder)
      peaks.push((await run.ended()).mainBytes / mebibyte)
    }
    return peaks
  })
})

/** Returns the peaks of a replica that has raw chunks and no generation, and of its SQL workers. */
async function peaksOfCatchUp(lab: Lab) {
  const history = await lab.history()
  return await lab.withFolder(async (folder) => {
    await history.copyTo(folder, history.total)
    const { peaks } = await withService({ args: ['serve'], folder }, () => Promise.resolve())
    return peaks
  })
}

export const memory = defineRow({
  name: 'memory',
  figures: {
    run: {
      title: '`batch run` on its defaults, first run and rebuild, most memory held',
      unit: 'MiB',
      goal: { atMost: 1024 },
      moonshot: { atMost: 700 },
      quick: { atMost: 1024 },
    },
  },
  async measure(lab) {
    return { run: { samples: await peaksOfRuns(lab, lab.events) } }
  },
})

/** It has no goal but to become ready: the limits of the defaults end what they cannot hold. */
export const catchUpMemory = defineRow({
  name: 'catch-up-memory',
  figures: {
    main: { title: '`serve` on its defaults without a generation, most memory held', unit: 'MiB' },
    workers: { title: 'SQL workers of that `serve`, most memory held', unit: 'MiB' },
  },
  async measure(lab) {
    const { mainBytes, others } = await peaksOfCatchUp(lab)
    return {
      main: { samples: [mainBytes / mebibyte] },
      workers: { samples: others.map((bytes) => bytes / mebibyte) },
    }
  },
})
