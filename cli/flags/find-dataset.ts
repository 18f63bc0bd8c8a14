import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import { explain } from '../../schemas/declare/load-datasets.ts'
import type { LeftOut, LoadedDatasets } from '../../schemas/declare/load-datasets.ts'

/**
 * Returns the dataset of that name; without a name, the default dataset or the only one. Throws USAGE, naming the
 * datasets that exist, and DATASET_FAULTY for one that is left out.
 */
export function findDataset({ datasets, leftOut }: LoadedDatasets, name: string | undefined): DefinedDataset {
  if (name !== undefined) requireRunning(leftOut, name)
  const found = name === undefined ? defaultOf(datasets) : datasets.find((dataset) => dataset.name === name)
  if (found !== undefined) return found
  const names = datasets.map((dataset) => dataset.name).join(', ')
  throw new AppError(
    'USAGE',
    name === undefined
      ? `say which dataset with --dataset: ${names}${severalDefaults(datasets)}`
      : `there is no dataset ${name}; there are ${names}`,
  )
}

/** Throws DATASET_FAULTY with the reason if the dataset of that name is left out. */
export function requireRunning(leftOut: readonly LeftOut[], name: string): void {
  const faulty = leftOut.find((each) => each.name === name)
  if (faulty !== undefined) throw new AppError('DATASET_FAULTY', explain(faulty))
}

/** Returns the datasets that are declared to be the default. If there are several, there is no default. */
export function defaultsOf(datasets: readonly DefinedDataset[]): readonly DefinedDataset[] {
  return datasets.filter(({ isDefault }) => isDefault === true)
}

function defaultOf(datasets: readonly DefinedDataset[]): DefinedDataset | undefined {
  const [first, second] = defaultsOf(datasets)
  if (second !== undefined) return undefined
  return first ?? (datasets.length === 1 ? datasets[0] : undefined)
}

function severalDefaults(datasets: readonly DefinedDataset[]): string {
  const defaults = defaultsOf(datasets)
  return defaults.length > 1 ? ` (${defaults.map(({ name }) => name).join(' and ')} both say they are the default)` : ''
}
