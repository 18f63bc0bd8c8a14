import { probeStore } from '../../../connectors/store/probe-store.ts'
import { ensureBucket } from '../../../connectors/s3/bucket.ts'
import type { Session } from '../../../schemas/ports/engine.ts'
import { hasCode } from '../../../schemas/errors.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { doubtOfTime } from '../../../serving/answers/doubt-of-time.ts'
import type { EventLog } from '../../../schemas/ports/log.ts'
import type { ObjectStore } from '../../../schemas/ports/store.ts'
import { loadStanding } from '../../../batch/dataset-standing.ts'
import { storedDatasets } from '../../../schemas/formats/stored-datasets.ts'
import { fail, ok, warn } from './check.ts'
import type { Check } from './check.ts'
import type { S3StoreOptions } from '../../../connectors/s3/client.ts'
import { settingsText } from '../../parts/topic-settings.ts'

type Found = Omit<Check, 'name'>

/** Checks that the log answers and has the topic. With `isCreating`, creates a missing topic. */
export async function checkTopic(log: EventLog, topic: string, isCreating: boolean): Promise<Found> {
  try {
    const facts = `${log.description} has topic ${topic}, ${partitionsText((await log.bounds(topic)).size)}`
    const settings = await log.settings(topic)
    const says = `${facts}; ${settingsText(topic, settings)}`
    return settings?.stampedBy === 'producer' ? warn(says) : ok(says)
  } catch (error) {
    if (!hasCode(error, 'TOPIC_MISSING')) throw error
    if (!isCreating)
      return fail(
        `${log.description} has no topic ${topic}: \`tidemark doctor --create\` makes it, as does any role that is started`,
      )
    await log.ensureTopic(topic)
    return ok(
      `${log.description} has topic ${topic} now, created with ${partitionsText((await log.bounds(topic)).size)}`,
    )
  }
}

/**
 * Checks that the bucket exists. With `isCreating`, creates a missing bucket. The folder store creates its own folder.
 */
export async function checkBucket(options: S3StoreOptions | null, isCreating: boolean): Promise<Found> {
  if (options === null) return ok('a folder, no bucket is needed')
  if (!isCreating) return ok(`${options.bucket}; --create makes it where it is missing`)
  const outcome = await ensureBucket(options)
  return ok(outcome === 'created' ? `${options.bucket} created` : `${options.bucket} exists`)
}

/** Checks that the store answers and that, of writers that race for a key, one wins. */
export async function checkStore(store: ObjectStore): Promise<Found> {
  await probeStore(store)
  return ok(`${store.description}: conditional puts let one writer win`)
}

/**
 * Checks that log and store belong together, that chains end within the log, and that this declaration has a generation
 * where others have.
 */
export async function checkDataset(source: {
  readonly dataset: DefinedDataset
  readonly log: EventLog
  readonly store: ObjectStore
  readonly session: Session
}): Promise<Found> {
  const { manifest, others, partitions, problems } = await loadStanding({ ...source, lossesBytesMax: 0 })
  if (problems.length > 0) return fail(problems.join('; '))
  const behind = partitions.reduce((sum, { unarchived }) => sum + unarchived, 0n)
  const facts = `${manifest === null ? 'no generation yet' : `generation ${manifest.generation}`}, ${behind} events not archived yet`
  const doubt = doubtOfTime(source.dataset, manifest?.stream_time ?? null)
  if (doubt !== null) return warn(`${facts}; ${doubt}`)
  const beside = others.map(({ declaration, generation }) => `generation ${generation} of declaration ${declaration}`)
  if (beside.length === 0) return ok(facts)
  if (manifest !== null) return ok(`${facts}; beside it ${beside.join(', ')}`)
  return warn(
    `${facts}; others have: ${beside.join(', ')}; \`tidemark batch run\` makes one of this declaration, until then no replica of it is ready`,
  )
}

/** Names what the store has generations of and nobody declares here: a dataset that was forgotten, or is another's. */
export async function checkStoredDatasets(store: ObjectStore, known: ReadonlySet<string>): Promise<Found> {
  const stored = await storedDatasets(store)
  const unknown = stored.filter((name) => !known.has(name))
  if (unknown.length === 0) return ok(`${store.description} has generations of no dataset that is not loaded here`)
  return warn(
    `${store.description} has generations of ${unknown.join(', ')} as well: ${unknown.length === 1 ? 'it is' : 'they are'} not loaded here, see --datasets`,
  )
}

function partitionsText(count: number): string {
  return count === 1 ? '1 partition' : `${count} partitions`
}
