import { newestGeneration, newestUpTo } from '../../schemas/formats/generations.ts'
import type { Declared } from '../../schemas/formats/generations.ts'
import { loadManifest, manifestKey } from '../../schemas/formats/manifest.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { generationOf } from './generation.ts'
import type { Generation, Generations } from './generation.ts'

/** How many generations of a dataset are kept in memory, and among how many of all declarations its own are looked for. */
const generationsMax = 100

/** `seen` is the newest number of all declarations, `own` the newest of this one. */
type Kept = { seen: number; own: number; readonly loaded: Map<number, Promise<Generation>> }

/** Manifests never change and are never deleted, so each is read once. Later looks read only new ones. */
export class StoredGenerations implements Generations {
  readonly #store: ObjectStore
  readonly #kept = new Map<string, Kept>()

  constructor(store: ObjectStore) {
    this.#store = store
  }

  async newest(dataset: Declared, limit: number): Promise<readonly Generation[]> {
    const kept = this.#kept.get(dataset.name) ?? { seen: 0, own: 0, loaded: new Map<number, Promise<Generation>>() }
    this.#kept.set(dataset.name, kept)
    await this.#look(dataset, kept)
    const { own, loaded } = kept
    const oldest = Math.max(1, own - generationsMax + 1)
    for (const number of loaded.keys()) if (number < oldest) loaded.delete(number)
    const found: Generation[] = []
    for (let next = own; next >= oldest && found.length < limit; next -= limit) {
      const numbers = Array.from({ length: Math.min(limit, next - oldest + 1) }, (_, i) => next - i)
      const page = await Promise.all(numbers.map((number) => this.#load(dataset.name, number, kept)))
      found.push(...page.filter(({ declaration }) => declaration === dataset.hash))
    }
    return found.slice(0, limit)
  }

  async #look({ name, hash }: Declared, kept: Kept): Promise<void> {
    const newest = await newestGeneration(this.#store, name, kept.seen)
    if (newest === null) return
    const manifest = await loadManifest(this.#store, manifestKey(name, newest))
    kept.own = (await newestUpTo(this.#store, manifest, hash))?.generation ?? 0
    kept.seen = newest
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
