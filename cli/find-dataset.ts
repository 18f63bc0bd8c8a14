import type { DefinedDataset } from '../schemas/define-dataset.ts'
import { AppError } from '../schemas/errors.ts'

/** The dataset of that name; where none is given, the default one, or the only one. Throws USAGE, naming those there are. */
export function findDataset(datasets: readonly DefinedDataset[], name: string | undefined): DefinedDataset {
  const found = name === undefined ? defaultOf(datasets) : datasets.find((dataset) => dataset.name === name)
  if (found !== undefined) return found
  const names = datasets.map((dataset) => dataset.name).join(', ')
  throw new AppError(
    'USAGE',
    name === undefined
      ? `say which dataset with --dataset: ${names}`
      : `there is no dataset ${name}; there are ${names}`,
  )
}

function defaultOf(datasets: readonly DefinedDataset[]): DefinedDataset | undefined {
  return datasets.find(({ isDefault }) => isDefault === true) ?? (datasets.length === 1 ? datasets[0] : undefined)
}
