import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isDefined } from './define-dataset.ts'
import type { DefinedDataset } from './define-dataset.ts'
import { parseDatasetList } from './dataset-list.ts'
import type { DatasetEntry } from './dataset-list.ts'
import { AppError, hasCode } from '../errors.ts'
import { findOwnedModule, importOwnedModule } from './owned-module.ts'
import { rooms } from './reserved-words.ts'
import { withoutConflicts } from './dataset-conflicts.ts'

/**
 * A dataset that cannot be run. `reason` begins with its name and is public; `cause` may name files and is for the log
 * only.
 */
export type LeftOut = { readonly name: string; readonly reason: string; readonly cause?: unknown }

export type LoadedDatasets = { readonly datasets: readonly DefinedDataset[]; readonly leftOut: readonly LeftOut[] }

/** A dataset with the entry of the list that it came from, for people. */
export type FoundDataset = { readonly dataset: DefinedDataset; readonly from: string }

/** A module that awaits something at its top level would block every command. */
const importMsMax = 5_000

const schemas = new URL('..', import.meta.url)

/**
 * Loads the datasets of a comma-separated list; without a list, our examples. What the list does not name is not
 * imported. A faulty dataset is left out; it never makes this function reject.
 */
export async function loadDatasets(list?: string): Promise<LoadedDatasets> {
  const examples = await exampleNames()
  const entries = list === undefined ? examples.map(exampleEntry) : parseDatasetList(list)
  const loaded = await Promise.all(entries.map((entry) => loadEntry(entry, examples)))
  const found = loaded.flatMap((each) => ('dataset' in each ? [each] : []))
  const faulty = loaded.flatMap((each) => ('dataset' in each ? [] : [each]))
  const { datasets, leftOut } = withoutConflicts(found)
  const taken = [...datasets, ...leftOut].map(({ name }) => name)
  const told = faulty.map((each) => (taken.includes(each.name) ? renamed(each) : each))
  return { datasets, leftOut: [...told, ...leftOut] }
}

/** Why the dataset was left out, for the log and the command line. */
export function explain({ reason, cause }: LeftOut): string {
  return cause instanceof Error ? `${reason}: ${cause.message.split('\n', 1)[0] ?? ''}` : reason
}

/** Each folder of `schemas/` except the rooms is an example. Nothing else names it. */
async function exampleNames(): Promise<readonly string[]> {
  const entries = await readdir(schemas, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return folders.filter((name) => !rooms.includes(name)).toSorted()
}

const exampleEntry = (name: string): DatasetEntry => ({ kind: 'example', name })

async function loadEntry(entry: DatasetEntry, examples: readonly string[]): Promise<FoundDataset | LeftOut> {
  const { name } = entry
  if (entry.kind === 'path') return await loadOwned(name, entry.path)
  if (examples.includes(name)) return await loadExample(name)
  const reason = `${name}: there is no example of that name, there are ${examples.join(', ')}; a folder of yours is written with a slash: ./${name}`
  return { name, reason }
}

/** Our own datasets are built with everything else. Their modules export them under the folder's name. */
async function loadExample(name: string): Promise<FoundDataset | LeftOut> {
  const module = `dataset.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`
  const address = new URL(`${name}/${module}`, schemas).href
  return await imported({ name, module }, async () => {
    const exported: Readonly<Record<string, unknown>> = await import(address)
    const dataset = exported[name]
    if (isDefined(dataset) && dataset.name === name) return { dataset, from: name }
    const others = definedNames(exported)
    const instead = others === '' ? '' : `, but ${others}: the folder has the name of the dataset`
    const reason = `${name}: its module ${module} exports no dataset ${name} that defineDataset made${instead}`
    return { name, reason }
  })
}

async function loadOwned(name: string, path: string): Promise<FoundDataset | LeftOut> {
  const found = await findOwnedModule(path)
  if ('fault' in found) return { name, reason: `${name}: ${found.fault}`, cause: new Error(path) }
  const { file } = found
  const module = basename(file)
  return await imported({ name, module }, async () => {
    const exported = await importOwnedModule(file)
    const dataset = exported['default']
    if (isDefined(dataset)) return { dataset, from: path }
    const others = definedNames(exported)
    const reason = `${name}: its module ${module} has no default export that defineDataset made${others === '' ? '' : `, but exports ${others}`}: write export default defineDataset({ ... })`
    return { name, reason, cause: new Error(file) }
  })
}

function definedNames(exported: Readonly<Record<string, unknown>>): string {
  return Object.values(exported)
    .flatMap((each) => (isDefined(each) ? [each.name] : []))
    .join(', ')
}

/** Runs an import that may fail or never end; either leaves out this dataset alone. */
async function imported(
  { name, module }: { readonly name: string; readonly module: string },
  work: () => Promise<FoundDataset | LeftOut>,
): Promise<FoundDataset | LeftOut> {
  const timer = new AbortController()
  try {
    return await Promise.race([work(), late(timer.signal)])
  } catch (cause) {
    if (!hasCode(cause, 'DATASET_FAULTY'))
      return { name, reason: `${name}: its module ${module} cannot be imported`, cause }
    const declared = cause.details['dataset']
    if (typeof declared === 'string' && cause.message.startsWith(`${declared}: `))
      return { name: declared, reason: cause.message }
    return { name, reason: `${name}: ${cause.message}` }
  } finally {
    timer.abort()
  }
}

async function late(signal: AbortSignal): Promise<never> {
  await delay(importMsMax, undefined, { signal })
  throw new AppError('DATASET_FAULTY', `its module was not loaded within ${importMsMax / 1000} s`)
}

/** Another dataset has that name, and what is said of this one must not be taken for that one's. */
function renamed({ name, reason, cause }: LeftOut): LeftOut {
  const other = `${name} (another)`
  return { name: other, reason: `${other}${reason.slice(name.length)}`, cause }
}
