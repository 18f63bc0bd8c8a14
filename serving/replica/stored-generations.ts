import { loadManifest, manifestKey, newestGeneration } from '../../schemas/formats/manifest.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { generationOf } from './generation.ts'
import type { Generation, Generations } from './generation.ts'

/** How many generations of a dataset are kept in memory, and the most that can be asked for. */
const generationsMax = 100

type Kept = { newest: number; readonly loaded: Map<number, Promise<Generation>> }

/** Manifests never change and are never deleted, so each is read once. Later looks read only new ones. */
export class StoredGenerations implements Generations {
  readonly #store: ObjectStore
  readonly #kept = new Map<string, Kept>()

  constructor(store: ObjectStore) {
    this.#store = store
  }

  async newest(dataset: string, limit: number): Promise<readonly Generation[]> {
    const kept = this.#kept.get(dataset) ?? { newest: 0, loaded: new Map<number, Promise<Generation>>() }
    this.#kept.set(dataset, kept)
    kept.newest = (await newestGeneration(this.#store, dataset, kept.newest)) ?? kept.newest
    const count = Math.min(limit, generationsMax, kept.newest)
    const { newest } = kept
    const numbers = Array.from({ length: count }, (_, i) => newest - i)
    for (const number of kept.loaded.keys()) if (number <= newest - generationsMax) kept.loaded.delete(number)
    return await Promise.all(numbers.map((number) => this.#load(dataset, number, kept)))
  }

  /** A manifest that could not be read is read again by the next call. */
  #load(dataset: string, number: number, { loaded }: Kept): Promise<Generation> {
    const known = loaded.get(number)
    if (known !== undefined) return known
    const loading = loadManifest(this.#store, manifestKey(dataset, number)).then(generationOf)
    loaded.set(number, loading)
    loading.catch(() => loaded.delete(number))
    return loading
  }
}
