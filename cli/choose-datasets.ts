import type { DefinedDataset } from '../schemas/define-dataset.ts'
import { AppError } from '../schemas/errors.ts'

/** The dataset of that name, or all where none is given. Throws USAGE, naming those there are. */
export function chooseDatasets(
  datasets: readonly DefinedDataset[],
  name: string | undefined,
): readonly DefinedDataset[] {
  const chosen = name === undefined ? datasets : datasets.filter((dataset) => dataset.name === name)
  if (chosen.length > 0) return chosen
  throw new AppError(
    'USAGE',
    `there is no dataset ${name ?? ''}; there are ${datasets.map((dataset) => dataset.name).join(', ')}`,
  )
}
