import type { ObjectStore } from '../ports/store.ts'
import { manifestsFolder } from './manifest.ts'

/** Comes after every character that a key has. */
const afterAll = '~'

/** The names of the datasets that a store has generations of. Asks one request more than there are. */
export async function storedDatasets(store: ObjectStore): Promise<readonly string[]> {
  const names: string[] = []
  for (;;) {
    const last = names.at(-1)
    const name = await firstName(store, last === undefined ? undefined : `${manifestsFolder(last)}${afterAll}`)
    if (name === null) return names
    names.push(name)
  }
}

async function firstName(store: ObjectStore, after: string | undefined): Promise<string | null> {
  for await (const { key } of store.list('manifests/', after)) return key.split('/')[1] ?? null
  return null
}
