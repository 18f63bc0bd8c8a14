import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import type { Newest } from '../../schemas/formats/generations.ts'
import { loadManifest, manifestKey, manifestsFolder } from '../../schemas/formats/manifest.ts'
import type { Manifest } from '../../schemas/formats/manifest.ts'
import type { ObjectStore } from '../../schemas/ports/store.ts'
import { hasReached } from '../../schemas/formats/tidemark.ts'
import type { Findings } from './findings.ts'

type Source = { readonly store: ObjectStore; readonly dataset: DefinedDataset; readonly findings: Findings }

/** How many manifests are read at a time. */
const readsMax = 16

/**
 * Checks the generations: no number is missing, each follows the one before, no tidemark of a declaration goes back, the
 * files of this declaration's newest one exist, unless it was forgotten. Returns the newest manifests that can be read.
 */
export async function verifyManifests(source: Source): Promise<Newest> {
  const numbers = await listNumbers(source)
  const newestNumber = numbers.at(-1) ?? 0
  const files = await listFiles(source)
  let newest: Manifest | null = null
  const [newestOf, read] = [new Map<string, Manifest>(), new Set<number>()]
  for (let first = 1; first <= newestNumber; first += readsMax) {
    const wanted = Array.from({ length: Math.min(readsMax, newestNumber - first + 1) }, (_, i) => first + i)
    for (const manifest of await Promise.all(wanted.map((number) => readManifest(source, number)))) {
      if (manifest === null) continue
      checkSuccession(source, manifest, { newest, newestOf, read })
      checkSizes(source, manifest, files)
      newest = manifest
      newestOf.set(manifest.declaration, manifest)
      read.add(manifest.generation)
    }
  }
  const own = newestOf.get(source.dataset.hash) ?? null
  if (own === null || (newestOf.size > 1 && isForgotten(own, files))) return { newest, own: null }
  checkPresence(source, own, files)
  return { newest, own }
}

async function listNumbers({ store, dataset, findings }: Source): Promise<readonly number[]> {
  const numbers: number[] = []
  for await (const { key } of store.list(manifestsFolder(dataset.name))) {
    const digits = /\/(\d{10})\.json$/.exec(key)?.[1]
    if (digits === undefined)
      findings.differ({ check: 'manifests', subject: key, message: 'does not belong among manifests: move it away' })
    else numbers.push(Number(digits))
  }
  return numbers
}

async function listFiles({ store, dataset }: Source): Promise<ReadonlyMap<string, number>> {
  const files = new Map<string, number>()
  for await (const { key, bytes } of store.list(`${dataset.name}/`)) files.set(key, bytes)
  return files
}

async function readManifest({ store, dataset, findings }: Source, generation: number): Promise<Manifest | null> {
  const key = manifestKey(dataset.name, generation)
  try {
    const manifest = await loadManifest(store, key)
    findings.checked('manifests', manifest.format > 1)
    return manifest
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== 'OBJECT_MISSING' && error.code !== 'MANIFEST_CORRUPT'))
      throw error
    const message =
      error.code === 'OBJECT_MISSING'
        ? 'is gone, a manifest is never deleted: restore it from a copy of the store'
        : error.message.replace(`${key} `, '')
    findings.differ({ check: 'manifests', subject: key, message })
    return null
  }
}

/** The manifests before one, as far as they could be read: the newest, the newest of each declaration, all numbers. */
type Before = {
  readonly newest: Manifest | null
  readonly newestOf: ReadonlyMap<string, Manifest>
  readonly read: ReadonlySet<number>
}

function checkSuccession({ dataset, findings }: Source, manifest: Manifest, { newest, newestOf, read }: Before): void {
  const subject = manifestKey(dataset.name, manifest.generation)
  const differ = (message: string) => findings.differ({ check: 'manifests', subject, message })
  if (manifest.dataset !== dataset.name || manifest.topic !== dataset.topic)
    differ(`is of dataset ${manifest.dataset} and topic ${manifest.topic}`)
  if (manifest.predecessor !== manifest.generation - 1)
    differ(`names generation ${manifest.predecessor} as its predecessor`)
  for (const [declaration, generation] of Object.entries(manifest.predecessors ?? {})) {
    const found = newestOf.get(declaration)?.generation
    if (read.has(generation) && found !== generation)
      differ(`names generation ${generation} as the newest of declaration ${declaration}, which is ${found ?? 'none'}`)
  }
  if (newest !== null && newest.log_identity !== manifest.log_identity)
    differ(`is of log ${manifest.log_identity}, generation ${newest.generation} is of ${newest.log_identity}`)
  const previous = newestOf.get(manifest.declaration)
  if (previous !== undefined && !hasReached(manifest.tidemark, previous.tidemark))
    differ(`goes back behind the tidemark of generation ${previous.generation}`)
}

type Files = ReadonlyMap<string, number>

/** True if there is none of a generation's files. A file that is missing among others is damage. */
function isForgotten({ tables }: Manifest, files: Files): boolean {
  const named = Object.values(tables).flat()
  return named.length > 0 && named.every(({ key }) => !files.has(key))
}

function checkPresence({ findings }: Source, { generation, tables }: Manifest, files: Files): void {
  for (const { key } of Object.values(tables).flat())
    if (!files.has(key))
      findings.differ({ check: 'manifests', subject: key, message: `is gone, generation ${generation} names it` })
}

/** Files that gc has deleted have no size. */
function checkSizes({ findings }: Source, manifest: Manifest, files: Files): void {
  for (const { key, bytes } of Object.values(manifest.tables).flat()) {
    const found = files.get(key)
    if (found !== undefined && found !== bytes)
      findings.differ({ check: 'manifests', subject: key, message: `has ${found} bytes, its generation says ${bytes}` })
  }
}
