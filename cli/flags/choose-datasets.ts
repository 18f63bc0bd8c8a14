import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'
import type { LoadedDatasets } from '../../schemas/declare/load-datasets.ts'
import { requireRunning } from './find-dataset.ts'

/**
 * Returns the dataset of that name, or all datasets if no name is given. Throws USAGE, naming the datasets that exist,
 * and DATASET_FAULTY for one that is left out.
 */
export function chooseDatasets(
  { datasets, leftOut }: LoadedDatasets,
  name: string | undefined,
): readonly DefinedDataset[] {
  if (name !== undefined) requireRunning(leftOut, name)
  const chosen = name === undefined ? datasets : datasets.filter((dataset) => dataset.name === name)
  if (chosen.length > 0) return chosen
  throw new AppError(
    'USAGE',
    `there is no dataset ${name ?? ''}; there are ${datasets.map((dataset) => dataset.name).join(', ')}`,
  )
}
