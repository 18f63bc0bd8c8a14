import { generationOf, loadManifest, manifestKey, manifestsFolder } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import type { ObjectStore } from '../ports/store.ts'

/** So many keys a store lists with one request. */
const listedMax = 1000

/** Manifests that do not name their predecessors are read one by one, this far back. */
const readBackMax = 100

/** Numbers of all generations after `after`, ascending. */
async function* generationsAfter(store: ObjectStore, dataset: string, after: number): AsyncGenerator<number> {
  const listed = store.list(manifestsFolder(dataset), after === 0 ? undefined : manifestKey(dataset, after))
  for await (const { key } of listed) yield generationOf(key)
}

/** The same as a list. */
export async function listGenerations(store: ObjectStore, dataset: string, after = 0): Promise<readonly number[]> {
  const generations: number[] = []
  for await (const generation of generationsAfter(store, dataset, after)) generations.push(generation)
  return generations
}

/**
 * Number of the newest generation after `after`, or null. Without a number that is known, it looks at a few keys in place
 * of all, since a run each minute makes half a million manifests a year: numbers are given out one after the other. If
 * somebody has removed manifests, the list after the last one that was found has the newest all the same.
 */
export async function newestGeneration(store: ObjectStore, dataset: string, after = 0): Promise<number | null> {
  const known = after === 0 ? await lateGeneration(store, dataset) : after
  return (await listGenerations(store, dataset, known)).at(-1) ?? (known === after ? null : known)
}

/** Number of a generation that few follow, or 0: at growing distances, then between the last two that it looked at. */
async function lateGeneration(store: ObjectStore, dataset: string): Promise<number> {
  const isThere = (generation: number) => store.has(manifestKey(dataset, generation))
  let [found, step] = [0, listedMax]
  while (await isThere(found + step)) {
    found += step
    step *= 2
  }
  for (step /= 2; step >= listedMax; step /= 2) if (await isThere(found + step)) found += step
  return found
}

/** Numbers of the generations up to `newest` and after `after`, descending. */
export async function* generationsBack(
  store: ObjectStore,
  dataset: string,
  { newest, after }: { readonly newest: number; readonly after: number },
): AsyncGenerator<number> {
  for (let upTo = newest; upTo > after; upTo -= listedMax) {
    const page: number[] = []
    for await (const generation of generationsAfter(store, dataset, Math.max(after, upTo - listedMax))) {
      if (generation <= upTo) page.push(generation)
      if (generation >= upTo) break
    }
    yield* page.toReversed()
  }
}

/** The newest generation of whatever declaration, or null. */
export async function loadNewest(store: ObjectStore, dataset: string): Promise<Manifest | null> {
  const newest = await newestGeneration(store, dataset)
  return newest === null ? null : await loadManifest(store, manifestKey(dataset, newest))
}

/** A dataset by its name, and its declaration by its hash. */
export type Declared = { readonly name: string; readonly hash: string }

/** The newest generation of whatever declaration, and the newest of this one that has its files. */
export type Newest = { readonly newest: Manifest | null; readonly own: Manifest | null }

/**
 * Several declarations of a dataset may have generations in one store, while one of them takes the place of another. They
 * share the numbers; each goes on from its own newest generation.
 */
export async function loadNewestOf(store: ObjectStore, { name, hash }: Declared): Promise<Newest> {
  const newest = await loadNewest(store, name)
  return { newest, own: newest === null ? null : await newestUpTo(store, newest, hash) }
}

/**
 * The newest generation of a declaration after the number `after` and up to a given one of whatever declaration, or null. A
 * declaration whose files are gone has none: it was forgotten, which happens only where there are others.
 */
export async function newestUpTo(
  store: ObjectStore,
  upTo: Manifest,
  declaration: string,
  after = 0,
): Promise<Manifest | null> {
  const newest = upTo.declaration === declaration ? upTo : await newestBefore(store, upTo, declaration)
  if (newest === null || newest.generation <= after) return null
  const isAlone = newest === upTo && Object.keys(upTo.predecessors ?? {}).every((other) => other === declaration)
  return isAlone || (await hasFiles(store, newest)) ? newest : null
}

async function hasFiles(store: ObjectStore, { tables }: Manifest): Promise<boolean> {
  const files = Object.values(tables).flat()
  return (await Promise.all(files.map(({ key }) => store.has(key)))).every(Boolean)
}

/** The generations of the declaration that made this one: this one first, then those before it. */
export async function* generationsOf(store: ObjectStore, newest: Manifest): AsyncGenerator<Manifest> {
  for (let next: Manifest | null = newest; next !== null; next = await newestBefore(store, next, next.declaration))
    yield next
}

async function newestBefore(store: ObjectStore, manifest: Manifest, declaration: string): Promise<Manifest | null> {
  const named = async ({ dataset, predecessors }: Manifest): Promise<Manifest | null> => {
    const generation = predecessors?.[declaration]
    return generation === undefined ? null : await loadManifest(store, manifestKey(dataset, generation))
  }
  if (manifest.predecessors !== undefined) return await named(manifest)
  for await (const earlier of readBack(store, manifest)) {
    if (earlier.declaration === declaration) return earlier
    if (earlier.predecessors !== undefined) return await named(earlier)
  }
  return null
}

/** Of each declaration the newest generation up to this one. The next manifest names them as its predecessors. */
export async function declarationsUpTo(
  store: ObjectStore,
  manifest: Manifest,
): Promise<Readonly<Record<string, number>>> {
  const newest = { [manifest.declaration]: manifest.generation }
  if (manifest.predecessors !== undefined) return { ...manifest.predecessors, ...newest }
  for await (const { declaration, generation, predecessors } of readBack(store, manifest)) {
    newest[declaration] ??= generation
    if (predecessors !== undefined) return { ...predecessors, ...newest }
  }
  return newest
}

async function* readBack(store: ObjectStore, { dataset, generation }: Manifest): AsyncGenerator<Manifest> {
  const range = { newest: generation - 1, after: Math.max(0, generation - 1 - readBackMax) }
  for await (const earlier of generationsBack(store, dataset, range))
    yield await loadManifest(store, manifestKey(dataset, earlier))
}

/** The newest generation of each other declaration that has files, newest first. */
export async function loadOthers(store: ObjectStore, newest: Manifest, hash: string): Promise<readonly Manifest[]> {
  const others: Manifest[] = []
  for (const declaration of Object.keys(await declarationsUpTo(store, newest))) {
    const manifest = declaration === hash ? null : await newestUpTo(store, newest, declaration)
    if (manifest !== null) others.push(manifest)
  }
  return others.toSorted((a, b) => b.generation - a.generation)
}
