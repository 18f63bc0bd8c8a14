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

/** What stays of a declaration. `newest` is null if none of its runs has committed: one may be running, or was ended. */
export type Kept = {
  readonly declaration: string
  readonly newest: Manifest | null
  readonly files: number
  readonly bytes: number
}

export type Garbage = {
  readonly deleted: readonly StoredObject[]
  readonly bytes: number
  /** How many objects nobody needs, but stay for the grace. */
  readonly young: number
  /** How many files there were of the forgotten declaration. */
  readonly ofForgotten: number
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
  if (newest === null) return { deleted: [], bytes: 0, young: 0, ofForgotten: 0, kept: [] }
  const lastOf = await declarationsUpTo(store, newest)
  const kept = new Map<string, { declaration: string; newest: Manifest | null; files: number; bytes: number }>()
  const [owners, contracts] = [new Map<string, string>(), new Set<string>()]
  for (const [declaration, generation] of Object.entries(lastOf).toSorted(([, a], [, b]) => b - a)) {
    const last = await loadManifest(store, manifestKey(dataset, generation))
    for (const { tables, contract } of await retainedOf(options, last)) {
      for (const { key } of Object.values(tables).flat()) owners.set(key, declaration)
      if (contract !== undefined && declaration !== forgotten) contracts.add(contract)
    }
    kept.set(declaration, { declaration, newest: last, files: 0, bytes: 0 })
  }
  /** The declaration that needs a file, or null. A file of whose run nothing is known stays while it could be committed. */
  const ownerOf = (key: string): string | null => {
    const { generation, declaration } = writerOf(key)
    const mayCommit = generation > (declaration === null ? newest.generation : (lastOf[declaration] ?? 0))
    return owners.get(key) ?? (mayCommit ? (declaration ?? newest.declaration) : null)
  }
  const deleted: StoredObject[] = []
  let [young, ofForgotten] = [0, 0]
  const collect = async (object: StoredObject): Promise<void> => {
    if (now - object.modifiedAt.getTime() < graceMs) young += 1
    else {
      if (!isDryRun) await store.delete(object.key)
      deleted.push(object)
    }
  }
  for await (const object of store.list(`${dataset}/`)) {
    const owner = ownerOf(object.key)
    if (owner === forgotten) ofForgotten += 1
    if (owner === null || owner === forgotten) await collect(object)
    else {
      const of = kept.get(owner) ?? { declaration: owner, newest: null, files: 0, bytes: 0 }
      kept.set(owner, { ...of, files: of.files + 1, bytes: of.bytes + object.bytes })
    }
  }
  for await (const object of listOtherVerdicts(store, dataset, contracts)) await collect(object)
  const bytes = deleted.reduce((sum, object) => sum + object.bytes, 0)
  return { deleted, bytes, young, ofForgotten, kept: [...kept.values()].filter(({ files }) => files > 0) }
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
