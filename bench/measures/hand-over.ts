import { z } from 'zod'
import type { Lab } from '../lab.ts'
import { tail } from '../events/history.ts'
import { askNamed } from '../product/ask.ts'
import { withService } from '../product/running-service.ts'
import { startTidemark } from '../product/tidemark-process.ts'
import { defineRow } from '../row.ts'

const untilMsMax = 120_000

const Seen = z.object({ as_of: z.object({ datasets: z.object({ rsvp: z.object({ generation: z.int() }) }) }) })

/** Reads without a pause while a batch run makes the next generation, until the service has handed over to it. */
async function measureHandOver(lab: Lab) {
  const history = await lab.history()
  return await lab.withFolder(async (folder) => {
    await history.copyForServiceTo(folder)
    await history.copyTo(folder, history.events + tail.events)
    const { result } = await withService({ args: ['serve'], folder }, async ({ url }) => {
      const quietMs = await longestRead(url, (generation, since) => generation > 1 || since > 2000)
      const run = startTidemark(['batch', 'run', '--dataset', 'rsvp'], folder)
      const duringRunMs = await longestRead(url, () => run.child.exitCode !== null)
      await run.ended()
      const handOverMs = await longestRead(url, (generation) => generation > 1)
      return { quietMs, duringRunMs, handOverMs }
    })
    return result
  })
}

/** Returns the time of the longest read until one of them satisfies `isEnough`. */
async function longestRead(url: string, isEnough: (generation: number, sinceMs: number) => boolean): Promise<number> {
  const startedAt = performance.now()
  let longest = 0
  for (;;) {
    const askedAt = performance.now()
    const answer = await askNamed(url, 'rsvp/queries/newest-answers?limit=1')
    const now = performance.now()
    longest = Math.max(longest, now - askedAt)
    const { generation } = Seen.parse(JSON.parse(answer)).as_of.datasets.rsvp
    if (isEnough(generation, now - startedAt)) return longest
    if (now - startedAt > untilMsMax) throw new Error('there was no hand-over')
  }
}

export const handOver = defineRow({
  name: 'hand-over',
  figures: {
    pause: {
      title: 'longest read from the end of a run to its hand-over',
      unit: 'ms',
      goal: { atMost: 50 },
      moonshot: { atMost: 10 },
    },
    quiet: { title: 'longest such read in two quiet seconds', unit: 'ms' },
    run: { title: 'longest such read during the run', unit: 'ms' },
  },
  async measure(lab) {
    const { quietMs, duringRunMs, handOverMs } = await measureHandOver(lab)
    return { pause: { samples: [handOverMs] }, quiet: { samples: [quietMs] }, run: { samples: [duringRunMs] } }
  },
})
