import { AppError } from '../schemas/errors.ts'
import { declarationsUpTo } from '../schemas/formats/generations.ts'
import type { Newest } from '../schemas/formats/generations.ts'
import { encodeManifest, loadManifest, manifestKey } from '../schemas/formats/manifest.ts'
import type { Manifest } from '../schemas/formats/manifest.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { hasReached } from '../schemas/formats/tidemark.ts'

/** What a run says of its generation. The commit gives it its place among the others. */
export type Uncommitted = Omit<Manifest, 'generation' | 'predecessor' | 'predecessors'>

/**
 * Commits a generation by creating its manifest, under the first number after `newest` that nobody has. Generations that
 * other declarations have committed meanwhile change nothing for this one. Returns null if a run of this declaration has
 * committed after `own`: then nothing of this run is visible. Throws if the tidemark would go back, which is a fault of the
 * run.
 */
export async function commitGeneration(
  store: ObjectStore,
  made: Uncommitted,
  { newest, own }: Newest,
): Promise<Manifest | null> {
  if (own !== null && !hasReached(made.tidemark, own.tidemark)) {
    throw new AppError(
      'CHAIN_BROKEN',
      `the chains of ${made.topic} in ${store.description} end below the tidemark of generation ${own.generation}: restore the missing objects from a copy of the store`,
    )
  }
  let predecessor = newest?.generation ?? 0
  const predecessors = newest === null ? {} : { ...(await declarationsUpTo(store, newest)) }
  for (;;) {
    const manifest: Manifest = { ...made, generation: predecessor + 1, predecessor, predecessors }
    const key = manifestKey(made.dataset, manifest.generation)
    if ((await store.putIfAbsent(key, encodeManifest(manifest))) === 'created') return manifest
    const winner = await loadManifest(store, key)
    if (winner.declaration === made.declaration) return null
    predecessor = winner.generation
    Object.assign(predecessors, await declarationsUpTo(store, winner))
  }
}
