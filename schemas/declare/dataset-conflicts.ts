import type { DefinedDataset } from './define-dataset.ts'
import type { FoundDataset, LeftOut, LoadedDatasets } from './load-datasets.ts'

/**
 * Leaves out the datasets that nobody could tell apart: those of one name, and those that claim one topic. Which of them
 * is meant is not for the order of a list to decide.
 */
export function withoutConflicts(found: readonly FoundDataset[]): LoadedDatasets {
  const names = found.map(({ dataset }) => dataset.name)
  const sharing = found.filter(({ dataset: { name } }) => names.indexOf(name) !== names.lastIndexOf(name))
  const datasets = found.filter((each) => !sharing.includes(each)).map(({ dataset }) => dataset)
  const shared = [...new Set(sharing.map(({ dataset }) => dataset.name))].map((name) => sharingName(name, sharing))
  const claiming = datasets.flatMap((dataset) => {
    const reason = conflictOf(dataset, datasets)
    return reason === null ? [] : [{ name: dataset.name, reason: `${dataset.name}: ${reason}` }]
  })
  const left = datasets.filter(({ name }) => !claiming.some((each) => each.name === name))
  return { datasets: left, leftOut: [...shared, ...claiming] }
}

/** Paths are for the log only. */
function sharingName(name: string, sharing: readonly FoundDataset[]): LeftOut {
  const places = sharing.filter(({ dataset }) => dataset.name === name).map(({ from }) => from)
  return {
    name,
    reason: `${name}: ${places.length} datasets of the list have this name, all are left out: rename one, or name only one in the list`,
    cause: new Error(places.join(' and ')),
  }
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
