import { setTimeout as delay } from 'node:timers/promises'
import { generateEvents } from '../events/generate-events.ts'
import type { Lab } from '../lab.ts'
import { postEvents } from '../product/ask.ts'
import { processorMsOf, shareOfCore } from '../product/processor-time.ts'
import { withService } from '../product/running-service.ts'
import { median } from '../report/figure.ts'
import { defineRow } from '../row.ts'

const settleMs = 5000
const windowMs = 20_000
/** Far enough from each other that each is a micro-batch of its own. */
const apartMs = 1500
const batches = 12
/** What an open page of readings follows. */
const followed = ['now', 'alpha', 'quality'] as const

/** Runs come at no time that is near, so that they are not taken for micro-batches. */
const withoutRuns = { BATCH_CRON: '0 0 29 2 *' }

/** A small service without a history: processor time of its whole tree of processes. */
async function measureQuiet(lab: Lab) {
  return await lab.withFolder(async (folder) => {
    const { result } = await withService({ args: ['start'], folder, env: withoutRuns }, async ({ url, pid }) => {
      const events = generateEvents({ count: 100_000, seed: 4 })[Symbol.iterator]()
      const take = (count: number) => Array.from({ length: count }, () => events.next().value ?? new Uint8Array())
      await postEvents(url, 'rsvp', take(1000))
      await delay(settleMs)
      const idle = await shareOfCore(pid, windowMs)
      const costOf = async (count: number) => {
        const before = await processorMsOf(pid)
        for (let n = 0; n < batches; n += 1) {
          await postEvents(url, 'rsvp', take(count))
          await delay(apartMs)
        }
        const idleMs = (idle / 100) * batches * apartMs
        return Math.max(0, (await processorMsOf(pid)) - before - idleMs) / batches
      }
      return { idle, one: await costOf(1), hundred: await costOf(100) }
    })
    return result
  })
}

/** Five readings a second, with a page that follows their feeds. */
async function measureReadings(lab: Lab) {
  return await lab.withFolder(async (folder) => {
    const args = ['start', '--generate', 'sensor://rooms=8&rate=5']
    const { result, peaks } = await withService({ args, folder }, async ({ url, pid }) => {
      const page = new AbortController()
      const following = followed.map((feed) => readAll(`${url}/v1/sensor/feeds/${feed}`, page.signal))
      await delay(settleMs)
      const share = await shareOfCore(pid, windowMs)
      page.abort()
      await Promise.all(following)
      return share
    })
    return { share: result, treeBytes: peaks.mainBytes + peaks.others.reduce((sum, bytes) => sum + bytes, 0) }
  })
}

async function readAll(url: string, signal: AbortSignal): Promise<void> {
  try {
    const { body } = await fetch(url, { signal, headers: { accept: 'text/event-stream' } })
    if (body !== null) for await (const chunk of body) void chunk
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

const all = 'all processes together, processor time'

export const smallBatches = defineRow({
  name: 'small-batches',
  figures: {
    one: {
      title: `one event that arrives alone, ${all}`,
      unit: 'ms',
      goal: { atMost: 20 },
      moonshot: { atMost: 6 },
    },
    hundred: {
      title: `a hundred events that arrive together, ${all}`,
      unit: 'ms',
      goal: { atMost: 30 },
      moonshot: { atMost: 10 },
    },
    idle: {
      title: 'no events, no runs, all processes',
      against: 'one core',
      unit: '%',
      goal: { atMost: 0.5 },
      moonshot: { atMost: 0.1 },
    },
    readings: {
      title: 'five readings a second with an open page, all processes',
      against: 'one core',
      unit: '%',
      goal: { atMost: 4 },
      moonshot: { atMost: 1 },
    },
    tree: {
      title: 'five readings a second with an open page, most memory held by all processes',
      unit: 'MiB',
      goal: { atMost: 600 },
      moonshot: { atMost: 400 },
    },
  },
  async measure(lab) {
    const quiet = [await measureQuiet(lab)]
    const readings = [await measureReadings(lab)]
    return {
      one: { samples: quiet.map(({ one }) => one) },
      hundred: { samples: quiet.map(({ hundred }) => hundred) },
      idle: { samples: quiet.map(({ idle }) => idle) },
      readings: { samples: readings.map(({ share }) => share) },
      tree: { samples: [median(readings.map(({ treeBytes }) => treeBytes)) / 1024 ** 2] },
    }
  },
})
