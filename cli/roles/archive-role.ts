import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { archiveToEnd } from '../../batch/archive/archiver.ts'
import type { ArchiveOptions } from '../../batch/archive/archiver.ts'
import { backoffMs } from '../../connectors/waiting/backoff.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import type { Config } from '../parts/config.ts'
import type { OpenEngine, Plumbing } from '../parts/plumbing.ts'
import type { Waiting } from '../parts/waiting.ts'
import { LastingArchiver } from '../../batch/archive/lasting-archiver.ts'
import { warnOfLosses } from './warn-of-losses.ts'

/** The parts that archiving needs, besides a log, a store and datasets. */
export type ArchiveNeeds = {
  readonly config: Pick<Config, 'ARCHIVE_CHUNK_BYTES_MAX' | 'ARCHIVE_CHUNK_AGE_MS' | 'BATCH_MEMORY_BYTES_MAX'>
  readonly openEngine: OpenEngine
  readonly workFolder: string
  readonly logger: Pick<Logger, 'debug' | 'warn'>
}

/** The parts that an archiver needs to outlast outages. */
export type LastingNeeds = {
  readonly waiting: Waiting
  readonly signal: AbortSignal
  readonly mendFolders: () => Promise<void>
}

/** One archiver for each dataset. `ended` rejects if one has ended by itself. */
export type ArchiveRole = {
  readonly ended: Promise<unknown>
  /** Returns where the chains of a dataset's topic end, by the archiver in this process. */
  positions(dataset: string): Positions
  roll(): Promise<void>
  close(): Promise<void>
}

export async function openArchiveRole(
  needs: ArchiveNeeds & LastingNeeds & { readonly datasets: readonly DefinedDataset[] },
  { log, store }: Plumbing,
): Promise<ArchiveRole> {
  const engine = await openArchiveEngine(needs)
  const archivers = new Map<string, LastingArchiver>()
  const close = async (): Promise<void> => {
    for (const archiver of archivers.values()) await archiver.close()
    engine.close()
  }
  try {
    for (const dataset of needs.datasets) {
      const options = archiveOptions(needs, { log, store, dataset, session: await engine.connect() })
      archivers.set(dataset.name, await openLastingArchiver(needs, dataset, options))
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    ended: Promise.race([...archivers.values()].map((archiver) => archiver.ended)),
    positions: (dataset) => archivers.get(dataset)?.positions() ?? new Map(),
    async roll() {
      for (const archiver of archivers.values()) await archiver.roll()
    },
    close,
  }
}

async function openLastingArchiver(
  { waiting, signal, mendFolders }: LastingNeeds,
  { name }: DefinedDataset,
  options: ArchiveOptions,
): Promise<LastingArchiver> {
  const part = `archive of ${name}`
  return await LastingArchiver.open({
    ...options,
    signal,
    onOutage: (reason) => waiting.set(part, `${part}: ${reason}`),
    onRecovered: () => waiting.clear(part),
    pause: async (failures) => {
      await delay(backoffMs(failures), undefined, { signal }).catch(() => undefined)
      await mendFolders()
    },
  })
}

/** Archives each dataset up to the log's end. */
export async function archiveAll(
  needs: ArchiveNeeds,
  { log, store, datasets }: Plumbing & { readonly datasets: readonly DefinedDataset[] },
): Promise<void> {
  const engine = await openArchiveEngine(needs)
  try {
    for (const dataset of datasets) {
      await archiveToEnd(archiveOptions(needs, { log, store, dataset, session: await engine.connect() }))
    }
  } finally {
    engine.close()
  }
}

function openArchiveEngine({ openEngine, config }: ArchiveNeeds): ReturnType<OpenEngine> {
  return openEngine(`archive-${process.pid}`, config.BATCH_MEMORY_BYTES_MAX)
}

function archiveOptions(
  { config, workFolder, logger }: ArchiveNeeds,
  { log, store, dataset, session }: Plumbing & { dataset: DefinedDataset; session: ArchiveOptions['session'] },
): ArchiveOptions {
  return {
    log,
    store,
    session,
    topic: dataset.topic,
    workFolder,
    chunkBytesMax: config.ARCHIVE_CHUNK_BYTES_MAX,
    chunkAgeMsMax: config.ARCHIVE_CHUNK_AGE_MS,
    onChunk: ({ partition, firstOffset, nextOffset, recordCount, losses }) => {
      logger.debug(
        {
          topic: dataset.topic,
          partition,
          firstOffset: String(firstOffset),
          nextOffset: String(nextOffset),
          recordCount,
        },
        'raw chunk',
      )
      if (losses.length > 0) warnOfLosses(logger, dataset, new Map([[partition, losses]]))
    },
  }
}
