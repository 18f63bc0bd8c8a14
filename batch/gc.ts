import { generationsBack, loadManifest, manifestKey, newestGeneration } from '../schemas/formats/manifest.ts'
import { listOtherVerdicts } from '../schemas/formats/verdict.ts'
import type { ObjectStore, StoredObject } from '../schemas/ports/store.ts'

export type GarbageOptions = {
  readonly store: ObjectStore
  readonly dataset: string
  /** The files of this many newest generations stay. */
  readonly keepGenerations: number
  /** How long a generation's files stay after a newer one was committed, since outside readers may still use them. */
  readonly graceMs: number
  readonly now: number
  readonly isDryRun?: boolean
}

export type Garbage = { readonly deleted: readonly StoredObject[]; readonly bytes: number }

/**
 * Deletes Parquet files that no retained generation names, once their grace is over, and only those of generations with
 * a manifest: a running batch run has none yet, so its files stay. Deletes verdicts by rules that no retained generation
 * names, after the same grace; whoever still needs one judges its chunk again. Never deletes manifests, because a writer that slept
 * could commit a deleted number again, and never raw chunks.
 */
export async function collectGarbage({
  store,
  dataset,
  keepGenerations,
  graceMs,
  now,
  isDryRun = false,
}: GarbageOptions): Promise<Garbage> {
  const newest = await newestGeneration(store, dataset)
  if (newest === null) return { deleted: [], bytes: 0 }
  const [retained, contracts] = [new Set<string>(), new Set<string>()]
  let replacedAt = Number.POSITIVE_INFINITY
  for await (const generation of generationsBack(store, dataset, { newest, after: 0 })) {
    if (generation <= newest - keepGenerations && now - replacedAt >= graceMs) break
    const manifest = await loadManifest(store, manifestKey(dataset, generation))
    for (const { key } of Object.values(manifest.tables).flat()) retained.add(key)
    if (manifest.contract !== undefined) contracts.add(manifest.contract)
    replacedAt = Date.parse(manifest.created_at)
  }
  const deleted: StoredObject[] = []
  const collect = async (object: StoredObject): Promise<void> => {
    if (now - object.modifiedAt.getTime() < graceMs) return
    if (!isDryRun) await store.delete(object.key)
    deleted.push(object)
  }
  for await (const object of store.list(`${dataset}/`)) {
    const generation = Number(object.key.split('/')[1])
    if (!retained.has(object.key) && generation <= newest) await collect(object)
  }
  for await (const object of listOtherVerdicts(store, dataset, contracts)) await collect(object)
  return { deleted, bytes: deleted.reduce((sum, { bytes }) => sum + bytes, 0) }
}
