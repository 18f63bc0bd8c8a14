import { AppError } from '../schemas/errors.ts'
import { encodeManifest, manifestKey } from '../schemas/formats/manifest.ts'
import type { Manifest } from '../schemas/formats/manifest.ts'
import type { ObjectStore } from '../schemas/ports/store.ts'
import { hasReached } from '../schemas/formats/tidemark.ts'

/**
 * Commits a generation by creating its manifest. Returns `exists` if another run has that number; then nothing of this
 * run is visible. Throws if the tidemark would go back, which is a fault of the run.
 */
export async function commitGeneration(
  store: ObjectStore,
  manifest: Manifest,
  predecessor: Manifest | null,
): Promise<'created' | 'exists'> {
  if (manifest.generation !== (predecessor?.generation ?? 0) + 1)
    throw new TypeError(`generation ${manifest.generation} does not follow ${predecessor?.generation ?? 0}`)
  if (predecessor !== null && !hasReached(manifest.tidemark, predecessor.tidemark)) {
    throw new AppError(
      'CHAIN_BROKEN',
      `the chains of ${manifest.topic} in ${store.description} end below the tidemark of generation ${predecessor.generation}: restore the missing objects from a copy of the store`,
    )
  }
  return await store.putIfAbsent(manifestKey(manifest.dataset, manifest.generation), encodeManifest(manifest))
}
