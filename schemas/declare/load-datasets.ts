import { readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { DefinedDataset } from './define-dataset.ts'
import { AppError, hasCode } from '../errors.ts'
import { rooms } from './reserved-words.ts'

/**
 * A dataset that cannot be run. `reason` begins with its name and is public; `cause` may name files and is for the log
 * only.
 */
export type LeftOut = { readonly name: string; readonly reason: string; readonly cause?: unknown }

export type LoadedDatasets = { readonly datasets: readonly DefinedDataset[]; readonly leftOut: readonly LeftOut[] }

/** A module that awaits something at its top level would block every command. */
const importMsMax = 5_000

/**
 * Loads every dataset: each folder of `schemas/` except the rooms is one, and its `dataset` module exports it under the
 * folder's name. A new dataset is a new folder; nothing else names it. A faulty dataset is left out; it never makes
 * this function reject.
 */
export async function loadDatasets(folder: URL = new URL('..', import.meta.url)): Promise<LoadedDatasets> {
  const entries = await readdir(folder, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const names = folders.filter((name) => !rooms.includes(name))
  const loaded = await Promise.all(names.toSorted().map((name) => loadDataset(folder, name)))
  const defined = loaded.flatMap((each) => ('hash' in each ? [each] : []))
  const faulty = loaded.flatMap((each) => ('hash' in each ? [] : [each]))
  const { datasets, leftOut } = withoutConflicts(defined)
  return { datasets, leftOut: [...faulty, ...leftOut] }
}

/** Why the dataset was left out, for the log and the command line. */
export function explain({ reason, cause }: LeftOut): string {
  return cause instanceof Error ? `${reason}: ${cause.message.split('\n', 1)[0] ?? ''}` : reason
}

async function loadDataset(folder: URL, name: string): Promise<DefinedDataset | LeftOut> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const timer = new AbortController()
  try {
    const module: Record<string, DefinedDataset | undefined> = await Promise.race([
      import(new URL(`${name}/dataset.${extension}`, folder).href),
      late(name, timer.signal),
    ])
    const dataset = module[name]
    if (dataset?.name === name && typeof dataset.hash === 'string') return dataset
    const others = Object.values(module).flatMap((other) => (typeof other?.hash === 'string' ? [other.name] : []))
    const instead = others.length === 0 ? '' : `, but ${others.join(', ')}: the folder has the name of the dataset`
    const reason = `${name}: its module dataset.${extension} exports no dataset ${name} that defineDataset made${instead}`
    return { name, reason }
  } catch (cause) {
    if (hasCode(cause, 'DATASET_FAULTY'))
      return { name, reason: cause.message.startsWith(`${name}: `) ? cause.message : `${name}: ${cause.message}` }
    return { name, reason: `${name}: its module dataset.${extension} cannot be imported`, cause }
  } finally {
    timer.abort()
  }
}

async function late(name: string, signal: AbortSignal): Promise<never> {
  await delay(importMsMax, undefined, { signal })
  throw new AppError('DATASET_FAULTY', `${name}: its module was not loaded within ${importMsMax / 1000} s`)
}

/** If two datasets claim a topic, nobody can tell whose events it holds: both are left out. */
function withoutConflicts(found: readonly DefinedDataset[]): LoadedDatasets {
  const leftOut = found.flatMap((dataset) => {
    const reason = conflictOf(dataset, found)
    return reason === null ? [] : [{ name: dataset.name, reason: `${dataset.name}: ${reason}` }]
  })
  return { datasets: found.filter(({ name }) => !leftOut.some((each) => each.name === name)), leftOut }
}

function conflictOf(dataset: DefinedDataset, found: readonly DefinedDataset[]): string | null {
  const own = topicsOf(dataset)
  const twice = own.find((topic, n) => own.indexOf(topic) !== n)
  if (twice !== undefined) return `the topic ${twice} is used twice`
  for (const other of found) {
    if (other === dataset) continue
    const shared = topicsOf(other).find((topic) => own.includes(topic))
    if (shared !== undefined) return `the topic ${shared} is used by ${other.name} as well, both are left out`
  }
  return null
}

/** The topic of its events, and the topics it publishes. */
function topicsOf({ topic, feeds }: DefinedDataset): readonly string[] {
  const published = Object.values(feeds).flatMap(({ publish }) => (publish === undefined ? [] : [publish.topic]))
  return [topic, ...published]
}
