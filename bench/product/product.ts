import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { archiveAll } from '../../cli/roles/archive-role.ts'
import { runAll } from '../../cli/roles/batch-role.ts'
import { openReplicaSet } from '../../cli/roles/replica-set.ts'
import type { ReplicaSet } from '../../cli/roles/replica-set.ts'
import { loadConfig } from '../../cli/parts/config.ts'
import { Parts } from '../../cli/parts/parts.ts'
import type { Plumbing } from '../../cli/parts/plumbing.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import { rsvp } from '../../schemas/rsvp/dataset.ts'

const datasets = [rsvp]

/** Log and store of a data folder, and what the commands do with them, on the defaults of the configuration. */
export type Product = {
  readonly parts: Parts
  readonly plumbing: Plumbing
  archive(): Promise<void>
  /** Makes the next generation. Throws if there was nothing to do. */
  run(options?: { readonly isRebuild?: boolean }): Promise<Manifest>
  /** Takes the verdicts away, so that the next rebuild judges every event again. */
  forgetVerdicts(): Promise<void>
  /** Runs `use` once a replica is ready. */
  withReplica<T>(use: (replica: ReplicaSet) => Promise<T>): Promise<T>
}

/** Opens the parts of the product as its commands do. `env` are variables beside the data folder. */
export async function withProduct<T>(
  folder: string,
  use: (product: Product) => Promise<T>,
  env: NodeJS.ProcessEnv = {},
): Promise<T> {
  const variables = { LOG_LEVEL: 'warn', ...env, TIDEMARK_DATA_DIR: folder }
  const parts = await Parts.open(loadConfig(variables), variables)
  try {
    const plumbing = { log: await parts.openLog(), store: await parts.openStore() }
    await parts.preparePlumbing(plumbing)
    return await use({
      parts,
      plumbing,
      archive: () => archiveAll(parts, { ...plumbing, datasets }),
      async run({ isRebuild = false } = {}) {
        const [result] = await runAll(parts, plumbing.store, { datasets, isRebuild })
        if (result?.isNew !== true || result.manifest === null) throw new Error('the run made no generation')
        return result.manifest
      },
      forgetVerdicts: () => rm(join(folder, 'store', 'verdicts'), { recursive: true, force: true }),
      withReplica: (useReplica) => withReplica(parts, plumbing, useReplica),
    })
  } finally {
    await parts.close()
  }
}

/** The replica of `serve`, without its server. */
async function withReplica<T>(
  { config, limits, openEngine, folder, workFolder, untilReachable, waiting, logger }: Parts,
  plumbing: Plumbing,
  use: (replica: ReplicaSet) => Promise<T>,
): Promise<T> {
  const needs = { config, datasets, openEngine, folder, workFolder, untilReachable, waiting, logger }
  const replica = await openReplicaSet(needs, {
    ...plumbing,
    ...limits.speed,
    microBatchIntervalMs: config.SPEED_INTERVAL_MS,
  })
  try {
    await replica.start()
    return await use(replica)
  } finally {
    await replica.close()
  }
}
