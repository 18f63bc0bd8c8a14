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
  const found = name === undefined ? findDefault(datasets) : datasets.find((dataset) => dataset.name === name)
  if (found !== undefined) return found
  if (name !== undefined) throw noSuchDataset(name, datasets)
  throw new AppError('USAGE', `say which dataset with --dataset: ${namesOf(datasets)}${severalDefaults(datasets)}`)
}

/** The error for a name that no loaded dataset has. */
export function noSuchDataset(name: string, datasets: readonly DefinedDataset[]): AppError {
  const message = `there is no dataset ${name}; there are ${namesOf(datasets)}, and --datasets (TIDEMARK_DATASETS) loads others`
  return new AppError('USAGE', message)
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

/** Returns the dataset that commands mean when none is named: the only default, or the only dataset. */
export function findDefault(datasets: readonly DefinedDataset[]): DefinedDataset | undefined {
  const [first, second] = defaultsOf(datasets)
  if (second !== undefined) return undefined
  return first ?? (datasets.length === 1 ? datasets[0] : undefined)
}

function namesOf(datasets: readonly DefinedDataset[]): string {
  return datasets.map(({ name }) => name).join(', ')
}

function severalDefaults(datasets: readonly DefinedDataset[]): string {
  const defaults = defaultsOf(datasets)
  return defaults.length > 1 ? ` (${defaults.map(({ name }) => name).join(' and ')} both say they are the default)` : ''
}
