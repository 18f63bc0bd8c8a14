import { listGenerations, loadManifest, manifestKey } from '../schemas/formats/manifest.ts'
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
 * a manifest: a running batch run has none yet, so its files stay. Never deletes manifests, because a writer that slept
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
  const generations = await listGenerations(store, dataset)
  const newest = generations.at(-1)
  if (newest === undefined) return { deleted: [], bytes: 0 }
  const retained = new Set<string>()
  let replacedAt = Number.POSITIVE_INFINITY
  for (const generation of generations.toReversed()) {
    if (generation <= newest - keepGenerations && now - replacedAt >= graceMs) break
    const manifest = await loadManifest(store, manifestKey(dataset, generation))
    for (const { key } of Object.values(manifest.tables).flat()) retained.add(key)
    replacedAt = Date.parse(manifest.created_at)
  }
  const deleted: StoredObject[] = []
  for await (const object of store.list(`${dataset}/`)) {
    const generation = Number(object.key.split('/')[1])
    if (retained.has(object.key) || !(generation <= newest) || now - object.modifiedAt.getTime() < graceMs) continue
    if (!isDryRun) await store.delete(object.key)
    deleted.push(object)
  }
  return { deleted, bytes: deleted.reduce((sum, { bytes }) => sum + bytes, 0) }
}
