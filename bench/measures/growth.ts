import type { Lab } from '../lab.ts'
import { median } from '../report/figure.ts'
import { defineRow } from '../row.ts'
import { measureIncrements } from './increment.ts'
import { peaksOfRuns } from './memory.ts'
import { measureService } from './service.ts'

const against = 'the same with a tenth of the history'
const goal = { goal: { atMost: 1.5 }, moonshot: { atMost: 1 }, goalFrom: 10_000_000 } as const

/** How what should not depend on the length of the history grows with it. */
export const growth = defineRow({
  name: 'growth',
  figures: {
    increment: { title: 'growth of the time of an incremental run', against, unit: 'x', ...goal },
    freshness: { title: 'growth of the time from an event to merged SQL, median', against, unit: 'x', ...goal },
    start: { title: 'growth of the time from a start to the first merged answer', against, unit: 'x', ...goal },
    memory: {
      title: 'growth of the most memory that `batch run` holds',
      against,
      unit: 'x',
      goal: { atMost: 1.1 },
      goalFrom: 10_000_000,
    },
  },
  async measure(lab) {
    const [all, tenth] = [await sizesOf(lab, lab.events), await sizesOf(lab, Math.ceil(lab.events / 10))]
    return {
      increment: { samples: [all.incrementMs / tenth.incrementMs] },
      freshness: { samples: [all.freshMs / tenth.freshMs] },
      start: { samples: [all.startMs / tenth.startMs] },
      memory: { samples: [all.memory / tenth.memory] },
    }
  },
})

async function sizesOf(lab: Lab, events: number) {
  const { coldMs, delays } = await measureService(lab, events)
  return {
    incrementMs: median((await measureIncrements(lab, events)).map(({ wallMs }) => wallMs)),
    freshMs: median(delays.sql),
    startMs: coldMs,
    memory: Math.max(...(await peaksOfRuns(lab, events))),
  }
}
