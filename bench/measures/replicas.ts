import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { probeEvent, whileEventsArrive } from '../events/steady-events.ts'
import type { Lab } from '../lab.ts'
import { answersPerSecond } from '../product/answers-per-second.ts'
import { askNamed, postEvents } from '../product/ask.ts'
import { withProduct } from '../product/product.ts'
import { ownProcessorMsOf, processorMsOf } from '../product/processor-time.ts'
import { withService } from '../product/running-service.ts'
import type { RunningService } from '../product/running-service.ts'
import { defineRow } from '../row.ts'

const query = 'rsvp/queries/yes-by-city?limit=20'
const counts = [1, 2, 4] as const
const readers = 32
const arrivingPerSecond = 10
/** Enough that folding is most of what a replica does, and few enough that two cores take them in two replicas. */
const foldedPerSecond = 1000
const foldingMs = 6000
const settleMs = 1500

/** A worker is a replica too: with one for each `serve`, the row needs no more memory than a small machine has. */
const oneWorker = { SQL_WORKERS: '1' }

/** Processor time for an event, of the main process and of its SQL worker. */
type Cost = { readonly mainUs: number; readonly workerUs: number }

type Measured = {
  /** By the number of replicas. */
  readonly answers: ReadonlyMap<number, number>
  readonly costs: readonly Cost[]
  readonly mainBytes: readonly number[]
  readonly workerBytes: readonly number[]
}

/** Adds one `serve` after the other on the same data folder, and asks all there are when there are 1, 2 and 4. */
async function measureReplicas(lab: Lab): Promise<Measured> {
  const history = await lab.history()
  return await lab.withFolder(async (folder) => {
    await history.copyForServiceTo(folder)
    // So that a replica starts with the rest of the log in a generation, as beside a batch layer that runs.
    await withProduct(folder, async (product) => {
      await product.archive()
      await product.run()
    })
    const answers = new Map<number, number>()
    const costs: Cost[] = []
    const [mainBytes, workerBytes]: [number[], number[]] = [[], []]
    const withOneMore = async (before: readonly RunningService[]): Promise<void> => {
      const { peaks } = await withService({ args: ['serve'], folder, env: oneWorker }, async (added) => {
        const services = [...before, added]
        const [first] = services
        if (first === undefined) return
        if (before.length === 1) costs.push(await costOfEvent(first, added))
        if (counts.some((count) => count === services.length)) {
          await requireSameAnswers(first, services)
          answers.set(services.length, await answersOf(first, services))
        }
        if (services.length < counts[2]) await withOneMore(services)
      })
      mainBytes.push(peaks.mainBytes)
      workerBytes.push(...peaks.others)
    }
    await withOneMore([])
    return { answers, costs, mainBytes, workerBytes }
  })
}

const Rows = z.object({ rows: z.array(z.unknown()) })

/** Posts an event to the first replica. Throws unless all give the same rows once they have read it from the log. */
async function requireSameAnswers(first: RunningService, services: readonly RunningService[]): Promise<void> {
  const after = await postEvents(first.url, 'rsvp', [probeEvent(services.length).event])
  const answers = await Promise.all(services.map(({ url }) => askNamed(url, query, after)))
  const distinct = new Set(answers.map((answer) => JSON.stringify(Rows.parse(JSON.parse(answer)).rows)))
  if (distinct.size > 1) throw new Error(`${services.length} replicas give ${distinct.size} different answers`)
}

async function answersOf(first: RunningService, services: readonly RunningService[]): Promise<number> {
  const asked = services.map(({ url }) => `${url}/v1/${query}`)
  return await whileEventsArrive(first.url, arrivingPerSecond, () => answersPerSecond(asked, readers))
}

/**
 * Returns the processor time of a replica for each event that another process has appended. What it uses without events
 * is taken off. Nobody reads.
 */
async function costOfEvent(first: RunningService, { pid }: RunningService): Promise<Cost> {
  const during = async (): Promise<{ readonly main: number; readonly all: number }> => {
    const [main, all] = [await ownProcessorMsOf(pid), await processorMsOf(pid)]
    await delay(foldingMs)
    return { main: (await ownProcessorMsOf(pid)) - main, all: (await processorMsOf(pid)) - all }
  }
  await delay(settleMs)
  const quiet = await during()
  const folding = await whileEventsArrive(first.url, foldedPerSecond, async () => {
    await delay(settleMs)
    return await during()
  })
  const events = (foldedPerSecond * foldingMs) / 1000
  const mainMs = folding.main - quiet.main
  return { mainUs: (1000 * mainMs) / events, workerUs: (1000 * (folding.all - quiet.all - mainMs)) / events }
}

const title = (count: number): string =>
  `answers of ${count === 1 ? 'one replica' : `${count} replicas`} on this machine, ${readers} readers of one named query, ${arrivingPerSecond} events/s`

export const replicas = defineRow({
  name: 'replicas',
  figures: {
    one: { title: title(1), unit: 'answers/s' },
    two: { title: title(2), unit: 'answers/s' },
    four: { title: title(4), unit: 'answers/s' },
    event: { title: `processor time of a replica for an event, main process, ${foldedPerSecond} events/s`, unit: 'us' },
    workerEvent: { title: `the same of its SQL worker`, unit: 'us' },
    memory: { title: 'most memory held by the main process of a replica', unit: 'MiB' },
    workerMemory: { title: 'most memory held by its SQL worker', unit: 'MiB' },
  },
  async measure(lab) {
    const { answers, costs, mainBytes, workerBytes } = await measureReplicas(lab)
    const of = (count: number) => ({ samples: [answers.get(count) ?? Number.NaN] })
    const mebibytes = (sizes: readonly number[]) => ({ samples: sizes.map((bytes) => bytes / 1024 ** 2) })
    return {
      one: of(1),
      two: of(2),
      four: of(4),
      event: { samples: costs.map(({ mainUs }) => mainUs) },
      workerEvent: { samples: costs.map(({ workerUs }) => workerUs) },
      memory: mebibytes(mainBytes),
      workerMemory: mebibytes(workerBytes),
    }
  },
})
