import { declarationsUpTo, generationsOf, loadNewest } from '../schemas/formats/generations.ts'
import { loadManifest, manifestKey, writerOf } from '../schemas/formats/manifest.ts'
import type { Manifest } from '../schemas/formats/manifest.ts'
import { listOtherVerdicts } from '../schemas/formats/verdict.ts'
import type { ObjectStore, StoredObject } from '../schemas/ports/store.ts'

export type GarbageOptions = {
  readonly store: ObjectStore
  readonly dataset: string
  /** The files of this many newest generations of each declaration stay. */
  readonly keepGenerations: number
  /** How long a generation's files stay after a newer one took its place, since outside readers may still use them. */
  readonly graceMs: number
  /** A declaration whose files nobody needs any more, neither its replicas nor its batch runs. */
  readonly forgotten?: string
  readonly now: number
  readonly isDryRun?: boolean
}

/** What stays of a declaration: its newest generation, and the objects of all that are retained. */
export type Kept = { readonly newest: Manifest; readonly files: number; readonly bytes: number }

export type Garbage = {
  readonly deleted: readonly StoredObject[]
  readonly bytes: number
  /** Declarations whose files stay, the one with the newest generation first. */
  readonly kept: readonly Kept[]
}

/**
 * Deletes Parquet files that no retained generation names, once their grace is over. Each declaration keeps its newest
 * generations, for the replicas of the others are of no use to its own. A file stays while its run could still commit it,
 * which it can until its declaration commits another generation. Deletes verdicts by rules that no retained generation
 * names, after the same grace; whoever still needs one judges its chunk again. Never deletes manifests, because a writer
 * that slept could commit a deleted number again, and never raw chunks.
 */
export async function collectGarbage(options: GarbageOptions): Promise<Garbage> {
  const { store, dataset, forgotten, graceMs, now, isDryRun = false } = options
  const newest = await loadNewest(store, dataset)
  if (newest === null) return { deleted: [], bytes: 0, kept: [] }
  const lastOf = await declarationsUpTo(store, newest)
  const kept: { newest: Manifest; files: number; bytes: number }[] = []
  const retained = new Map<string, (typeof kept)[number]>()
  const contracts = new Set<string>()
  for (const [declaration, generation] of Object.entries(lastOf).toSorted(([, a], [, b]) => b - a)) {
    if (declaration === forgotten) continue
    const of = { newest: await loadManifest(store, manifestKey(dataset, generation)), files: 0, bytes: 0 }
    for (const { tables, contract } of await retainedOf(options, of.newest)) {
      for (const { key } of Object.values(tables).flat()) retained.set(key, of)
      if (contract !== undefined) contracts.add(contract)
    }
    kept.push(of)
  }
  const mayCommit = (key: string): boolean => {
    const { generation, declaration } = writerOf(key)
    if (declaration === null) return generation > newest.generation
    return declaration !== forgotten && generation > (lastOf[declaration] ?? 0)
  }
  const deleted: StoredObject[] = []
  const collect = async (object: StoredObject): Promise<void> => {
    if (now - object.modifiedAt.getTime() < graceMs) return
    if (!isDryRun) await store.delete(object.key)
    deleted.push(object)
  }
  for await (const object of store.list(`${dataset}/`)) {
    const of = retained.get(object.key)
    if (of !== undefined) {
      of.files += 1
      of.bytes += object.bytes
    } else if (!mayCommit(object.key)) await collect(object)
  }
  for await (const object of listOtherVerdicts(store, dataset, contracts)) await collect(object)
  const bytes = deleted.reduce((sum, object) => sum + object.bytes, 0)
  return { deleted, bytes, kept: kept.filter(({ files }) => files > 0) }
}

/** The newest generations of a declaration, and those that were the newest a short time ago. */
async function retainedOf(
  { store, keepGenerations, graceMs, now }: GarbageOptions,
  newest: Manifest,
): Promise<readonly Manifest[]> {
  const retained: Manifest[] = []
  let replacedAt = Number.POSITIVE_INFINITY
  for await (const manifest of generationsOf(store, newest)) {
    if (retained.length >= keepGenerations && now - replacedAt >= graceMs) break
    retained.push(manifest)
    replacedAt = Date.parse(manifest.created_at)
  }
  return retained
}
