import type { Lab } from '../lab.ts'
import { oncePerHistory } from '../lab.ts'
import { askSql, firstAnswer, startTidemark, urlOf } from '../product/tidemark-process.ts'
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
    const replica = startTidemark(['serve', '--port', '0'], folder)
    const url = await urlOf(replica)
    await firstAnswer(replica, () => askSql(url, 'SELECT count(*) FROM rsvp.arrival'))
    replica.child.kill('SIGTERM')
    return await replica.ended()
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
