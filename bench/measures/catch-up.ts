import { logEventsMax } from '../events/history.ts'
import type { Lab } from '../lab.ts'
import { withProduct } from '../product/product.ts'
import type { Product } from '../product/product.ts'
import { costOf, repeat } from '../product/timing.ts'
import type { Cost } from '../product/timing.ts'
import { defineRow } from '../row.ts'
import { chunksSql, listChunks, loadChainStarts, readChain } from '../../schemas/formats/raw-chain.ts'
import { checkedChunk, recordCount } from '../../schemas/formats/raw-chunk.ts'
import { withEngine, withSession } from '../../schemas/ports/engine.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'
import { createStagedSql, stageEvents } from '../../schemas/sql/stage-events.ts'

const readTimeoutMs = 60_000

/** Judges and parses all chunks as a first run does, one after the other, and folds none. */
async function parseChunks({ parts, plumbing: { store } }: Product): Promise<void> {
  const chunks = await listChunks(store, rsvp.topic, { partition: 0, from: 0n })
  const [start] = await loadChainStarts(store, rsvp.topic)
  await withEngine(
    () => parts.openEngine('parse', parts.config.BATCH_MEMORY_BYTES_MAX),
    (engine) =>
      withSession(engine, async (session) => {
        for (const chunk of chunks)
          await store.withFiles([checkedChunk(chunk)], async (paths) => {
            const footers = await readChain(session, [chunk], paths, start?.logIdentity ?? '')
            const source = chunksSql({ paths, footers, readAtMs: Date.now() })
            const records = footers.reduce((sum, footer) => sum + recordCount(footer), 0n)
            await session.run(createStagedSql(rsvp, { source, staged: 'staged' }))
            await stageEvents(session, { dataset: rsvp, source, staged: 'staged', recordCount: Number(records) })
          })
      }),
  )
}

/** Starts a replica without a generation, and requires that it has every event. Opening it is part of the cost. */
async function catchUp(product: Product, events: number): Promise<Cost> {
  return await costOf(() =>
    product.withReplica(async ({ reader }) => {
      const answer = await reader.read({
        sql: 'SELECT count(*) AS n FROM rsvp.arrival',
        params: [],
        dataset: rsvp.name,
        view: 'merged',
        after: new Map(),
        timeoutMs: readTimeoutMs,
        rowsMax: 1,
        bytesMax: 1024,
      })
      const found = Number(answer.rows[0]?.[0])
      if (found !== events) throw new Error(`the replica has ${found} of ${events} events`)
    }),
  )
}

async function measureCatchUps(lab: Lab) {
  const history = await lab.history(Math.min(lab.events, logEventsMax))
  const events = history.total
  const runs = await repeat(lab.runs, async () => {
    const withData = <T>(upTo: number, use: (product: Product) => Promise<T>) =>
      lab.withFolder(async (folder) => {
        await history.copyTo(folder, upTo)
        return await withProduct(folder, use)
      })
    return {
      parse: await withData(events, (product) => costOf(() => parseChunks(product))),
      chunks: await withData(events, (product) => catchUp(product, events)),
      log: await withData(0, (product) => catchUp(product, events)),
    }
  })
  return { events, runs }
}

/** In its textbook form, which counts 5 % wrong, as it was measured on two cores when the goals were set. */
const kafkaStreamsPerSecond = 114_000

const [fromChunks, fromLog] = [
  'catch-up of the speed layer from raw chunks',
  'catch-up of the speed layer from the embedded log',
]
const time = {
  against: 'time of the verdict and the parse of the same chunks by a first run',
  unit: 'x',
  goal: { atMost: 1.5 },
  moonshot: { atMost: 1.1 },
} as const
const cpu = { against: 'processor time of that parse', unit: 'x' } as const
const rate = {
  against: 'Kafka Streams in its textbook form, when the goals were set',
  unit: 'events/s',
  goal: { atLeast: kafkaStreamsPerSecond },
  moonshot: { atLeast: 240_000 },
} as const

export const catchUps = defineRow({
  name: 'catch-up',
  figures: {
    chunks: { title: fromChunks, ...time },
    log: { title: fromLog, ...time },
    chunksCpu: { title: fromChunks, ...cpu, quick: { atMost: 3.3 } },
    logCpu: { title: fromLog, ...cpu, quick: { atMost: 6.5 } },
    chunksRate: { title: fromChunks, ...rate },
    logRate: { title: fromLog, ...rate },
    parseRate: { title: 'the verdict and the parse by a first run', unit: 'events/s' },
  },
  async measure(lab) {
    const { events, runs } = await measureCatchUps(lab)
    const samples = (of: (run: (typeof runs)[number]) => number) => ({ samples: runs.map(of) })
    const perSecond = ({ wallMs }: Cost) => (1000 * events) / wallMs
    return {
      chunks: samples(({ chunks, parse }) => chunks.wallMs / parse.wallMs),
      log: samples(({ log, parse }) => log.wallMs / parse.wallMs),
      chunksCpu: samples(({ chunks, parse }) => chunks.cpuMs / parse.cpuMs),
      logCpu: samples(({ log, parse }) => log.cpuMs / parse.cpuMs),
      chunksRate: samples(({ chunks }) => perSecond(chunks)),
      logRate: samples(({ log }) => perSecond(log)),
      parseRate: samples(({ parse }) => perSecond(parse)),
    }
  },
})
