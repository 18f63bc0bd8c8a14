import type { DefinedDataset } from '../schemas/define-dataset.ts'
import { AppError } from '../schemas/errors.ts'

/** The dataset of that name; where none is given, the first. Throws USAGE, naming those there are. */
export function findDataset(datasets: readonly DefinedDataset[], name: string | undefined): DefinedDataset {
  const found = name === undefined ? datasets[0] : datasets.find((dataset) => dataset.name === name)
  if (found !== undefined) return found
  throw new AppError(
    'USAGE',
    `there is no dataset ${name ?? ''}; there are ${datasets.map((dataset) => dataset.name).join(', ')}`,
  )
}
