import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import type { LoadedDatasets } from '../../schemas/declare/load-datasets.ts'
import { noSuchDataset, requireRunning } from './find-dataset.ts'

/**
 * Returns the dataset of that name, or all datasets if no name is given. Throws USAGE, naming the datasets that exist,
 * and DATASET_FAULTY for one that is left out.
 */
export function chooseDatasets(
  { datasets, leftOut }: LoadedDatasets,
  name: string | undefined,
): readonly DefinedDataset[] {
  if (name === undefined) return datasets
  requireRunning(leftOut, name)
  const chosen = datasets.filter((dataset) => dataset.name === name)
  if (chosen.length === 0) throw noSuchDataset(name, datasets)
  return chosen
}
