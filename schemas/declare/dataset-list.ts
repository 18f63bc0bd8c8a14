import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** An entry of the list of datasets: one of our examples by its name, or a folder or module of the owner's. */
export type DatasetEntry =
  | { readonly kind: 'example'; readonly name: string }
  | { readonly kind: 'path'; readonly name: string; readonly path: string }

/** The modules that can declare a dataset. */
export const isModulePath = (path: string): boolean => /\.[cm]?[jt]s$/.test(path)

/**
 * Parses a comma-separated list. Whatever has a slash or ends like a module is a path, as is a `file:` URL; relative
 * paths begin at the working directory. An entry that is given twice counts once.
 */
export function parseDatasetList(list: string): readonly DatasetEntry[] {
  const given = list.split(',').map((each) => each.trim())
  const entries = given.filter((each) => each !== '').map(parseEntry)
  return entries.filter((entry, at) => entries.findIndex((other) => keyOf(other) === keyOf(entry)) === at)
}

/**
 * The same list for a process that may run elsewhere. Paths are written as URLs, in which a comma can be escaped: the
 * working directory may have one in its name.
 */
export function absoluteDatasetList(list: string): string {
  return parseDatasetList(list).map(keyOf).join(',')
}

function parseEntry(given: string): DatasetEntry {
  const isPath = given.includes('/') || /^\.+$/.test(given) || isModulePath(given)
  if (!isPath) return { kind: 'example', name: given }
  const path = pathOf(given)
  return { kind: 'path', name: nameOf(path), path }
}

/** A URL of no file of this machine is taken as a path, which is then reported as one that does not exist. */
function pathOf(given: string): string {
  if (!given.startsWith('file:')) return resolve(given)
  try {
    return fileURLToPath(given)
  } catch {
    return resolve(given)
  }
}

function keyOf(entry: DatasetEntry): string {
  return entry.kind === 'example' ? entry.name : pathToFileURL(entry.path).href.replaceAll(',', '%2C')
}

/** What a dataset is called before its declaration could be read: like its folder, or like its module. */
function nameOf(path: string): string {
  if (!isModulePath(path)) return basename(path)
  const stem = basename(path).replace(/\.\w+$/, '')
  return stem === 'dataset' ? basename(dirname(path)) : stem
}
