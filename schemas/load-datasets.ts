import { readdir } from 'node:fs/promises'
import type { DefinedDataset } from './define-dataset.ts'

/**
 * Every dataset there is: each folder beside this file is one, and its `dataset` module exports it under the folder's name.
 * A new dataset is a new folder; nothing else names it.
 */
export async function loadDatasets(): Promise<readonly DefinedDataset[]> {
  const entries = await readdir(new URL('.', import.meta.url), { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const datasets = await Promise.all(
    names.toSorted().map(async (name) => {
      const module: Record<string, DefinedDataset | undefined> = await import(
        new URL(`${name}/dataset.${extension}`, import.meta.url).href
      )
      const dataset = module[name]
      if (dataset?.name !== name) throw new TypeError(`schemas/${name}/dataset does not export the dataset ${name}`)
      return dataset
    }),
  )
  const defaults = datasets.filter(({ isDefault }) => isDefault === true)
  if (defaults.length > 1)
    throw new TypeError(`${defaults.map(({ name }) => name).join(' and ')} cannot both be the default`)
  requireOwnTopics(datasets)
  return datasets
}

/** Throws a TypeError where what one dataset publishes would arrive among the events of another. */
function requireOwnTopics(datasets: readonly DefinedDataset[]): void {
  const topics = datasets.flatMap(({ topic, feeds }) => [
    topic,
    ...Object.values(feeds).flatMap(({ publish }) => (publish === undefined ? [] : [publish.topic])),
  ])
  const shared = topics.find((topic, i) => topics.indexOf(topic) !== i)
  if (shared !== undefined) throw new TypeError(`the topic ${shared} is used twice`)
}
