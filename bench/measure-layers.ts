import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { archiveToEnd } from '../batch/archive/archiver.ts'
import { runBatch } from '../batch/run.ts'
import { DatasetReplica } from '../serving/replica/dataset-replica.ts'
import { openDuckDb } from '../connectors/engine/duckdb-engine.ts'
import { openEmbeddedLog } from '../connectors/embedded/log.ts'
import { openFileSource } from '../connectors/sources/file-source.ts'
import { openFolderStore } from '../connectors/folder/store.ts'
import { ingest } from '../connectors/ingest/ingest.ts'
import { rsvp } from '../schemas/rsvp/dataset.ts'
import { openSpeedLayer } from '../speed/speed-layer.ts'
import { generateEvents } from './events/generate-events.ts'
import type { Figure } from './report.ts'

const engineBytesMax = 512 * 1024 * 1024
const mebibyte = 1024 * 1024

/** Measures each layer alone, one after the other, on the same events. Leaves log and store under `folder`. */
export async function measureLayers(folder: string, count: number): Promise<readonly Figure[]> {
  const file = join(folder, 'events.ndjson')
  const bytes = await writeEvents(file, count)
  const openEngine = () =>
    openDuckDb({ memoryBytesMax: engineBytesMax, threads: 2, spillFolder: join(folder, 'spill') })
  const log = await openEmbeddedLog({ folder: join(folder, 'log'), partitionCount: 1 })
  await log.ensureTopic(rsvp.topic)
  const store = await openFolderStore({ folder: join(folder, 'store') })
  const emptyStore = await openFolderStore({ folder: join(folder, 'empty-store') })
  const engine = await openEngine()
  const session = await engine.connect()
  const rate = async (name: string, target: number, work: () => Promise<unknown>): Promise<Figure> => {
    const startedAt = performance.now()
    await work()
    return { name, value: (count / (performance.now() - startedAt)) * 1000, unit: 'events/s', target }
  }
  try {
    return [
      { name: 'events', value: count, unit: `events of ${Math.round(bytes / count)} bytes` },
      await rate('ingest, file to embedded log', 30_000, () =>
        ingest({
          log,
          topic: rsvp.topic,
          source: openFileSource(file, { lineBytesMax: mebibyte }),
          signal: new AbortController().signal,
        }),
      ),
      await rate('archive, log to raw chunks', 50_000, () =>
        archiveToEnd({
          log,
          store,
          session,
          topic: rsvp.topic,
          workFolder: join(folder, 'work'),
          chunkBytesMax: 32 * mebibyte,
          chunkAgeMsMax: 60_000,
        }),
      ),
      await rate('batch run, raw chunks to generation', 100_000, () =>
        runBatch({
          dataset: rsvp,
          store,
          openEngine,
          workFolder: join(folder, 'work'),
          fileRowsMax: 1_000_000,
          groupBytesMax: 32 * mebibyte,
        }),
      ),
      await rate('speed catch-up, from the log', 50_000, () => catchUp({ log, store: emptyStore, folder })),
      await rate('speed catch-up, from raw chunks', 50_000, async () => {
        const { store: rawOnly, close } = await rawChunksOnly(folder)
        await catchUp({ log, store: rawOnly, folder })
        await close()
      }),
    ]
  } finally {
    session.close()
    engine.close()
    await store.close()
    await emptyStore.close()
    await log.close()
  }
}

/** The store without its manifests, so that the speed view holds the whole history. */
async function rawChunksOnly(
  folder: string,
): Promise<{ store: Awaited<ReturnType<typeof openFolderStore>>; close: () => Promise<void> }> {
  const store = await openFolderStore({ folder: join(folder, 'store') })
  const list = store.list.bind(store)
  store.list = (prefix, after) => list(prefix.startsWith('manifests/') ? 'none/' : prefix, after)
  return { store, close: () => store.close() }
}

async function catchUp({
  log,
  store,
  folder,
}: {
  log: Awaited<ReturnType<typeof openEmbeddedLog>>
  store: Awaited<ReturnType<typeof openFolderStore>>
  folder: string
}): Promise<void> {
  const engine = await openDuckDb({
    memoryBytesMax: 2 * engineBytesMax,
    threads: 2,
    spillFolder: join(folder, 'spill'),
  })
  const shared = { dataset: rsvp, log, store, engine }
  const replica = await DatasetReplica.open({
    ...shared,
    speed: await openSpeedLayer({ ...shared, intervalMs: 100, pendingBytesMax: 32 * mebibyte }),
    nativeEngine: engine,
    cacheFolder: join(folder, 'cache'),
    watchIntervalMs: 60_000,
  })
  await replica.start()
  await replica.close()
  engine.close()
}

async function writeEvents(file: string, count: number): Promise<number> {
  const stream = createWriteStream(file)
  let bytes = 0
  for (const line of generateEvents({ count, seed: 1 })) {
    bytes += line.byteLength + 1
    stream.write(line)
    if (!stream.write('\n')) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'close')
  return bytes
}
