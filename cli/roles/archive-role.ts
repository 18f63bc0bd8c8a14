import { setTimeout as delay } from 'node:timers/promises'
import { archiveToEnd } from '../../batch/archive/archiver.ts'
import type { ArchiveOptions } from '../../batch/archive/archiver.ts'
import { backoffMs } from '../../connectors/waiting/backoff.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { Positions } from '../../schemas/formats/tidemark.ts'
import type { Parts, Plumbing } from '../parts/parts.ts'
import { LastingArchiver } from '../../batch/archive/lasting-archiver.ts'
import { warnOfLosses } from './warn-of-losses.ts'

/** An archiver per dataset; `ended` rejects when one has ended by itself. */
export type ArchiveRole = {
  readonly ended: Promise<unknown>
  /** Where the chains of a dataset's topic end, as its archiver knows it. */
  positions(dataset: string): Positions
  roll(): Promise<void>
  close(): Promise<void>
}

export async function openArchiveRole(parts: Parts, { log, store }: Plumbing): Promise<ArchiveRole> {
  const engine = await parts.openEngine(`archive-${process.pid}`, parts.config.BATCH_MEMORY_BYTES_MAX)
  const archivers = new Map<string, LastingArchiver>()
  const close = async (): Promise<void> => {
    for (const archiver of archivers.values()) await archiver.close()
    engine.close()
  }
  try {
    for (const dataset of parts.datasets) {
      const options = archiveOptions(parts, { log, store, dataset, session: await engine.connect() })
      archivers.set(dataset.name, await openLastingArchiver(parts, dataset, options))
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
  parts: Parts,
  { name }: DefinedDataset,
  options: ArchiveOptions,
): Promise<LastingArchiver> {
  const { waiting, signal } = parts
  const part = `archive of ${name}`
  return await LastingArchiver.open({
    ...options,
    signal,
    onOutage: (reason) => waiting.set(part, `${part}: ${reason}`),
    onRecovered: () => waiting.clear(part),
    pause: async (failures) => {
      await delay(backoffMs(failures), undefined, { signal }).catch(() => undefined)
      await parts.mendFolders()
    },
  })
}

/** Archives each dataset up to the log's end. */
export async function archiveAll(
  parts: Parts,
  { log, store, datasets }: Plumbing & { readonly datasets: readonly DefinedDataset[] },
): Promise<void> {
  const engine = await parts.openEngine(`archive-${process.pid}`, parts.config.BATCH_MEMORY_BYTES_MAX)
  try {
    for (const dataset of datasets) {
      await archiveToEnd(archiveOptions(parts, { log, store, dataset, session: await engine.connect() }))
    }
  } finally {
    engine.close()
  }
}

function archiveOptions(
  parts: Parts,
  { log, store, dataset, session }: Plumbing & { dataset: DefinedDataset; session: ArchiveOptions['session'] },
): ArchiveOptions {
  const { config, logger } = parts
  return {
    log,
    store,
    session,
    topic: dataset.topic,
    workFolder: parts.workFolder,
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
      if (losses.length > 0) warnOfLosses(parts, dataset, new Map([[partition, losses]]))
    },
  }
}
