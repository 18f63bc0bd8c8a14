import type { NamedQuery } from '../../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../../schemas/declare/define-dataset.ts'
import { AppError } from '../../../schemas/errors.ts'

export type FoundQuery = { readonly dataset: DefinedDataset; readonly name: string; readonly query: NamedQuery }

/**
 * Throws USAGE, naming the queries that exist. If several datasets have a query of this name, the dataset must be
 * given.
 */
export function findNamedQuery(
  datasets: readonly DefinedDataset[],
  name: string,
  datasetName: string | undefined,
): FoundQuery {
  const all = allQueries(datasets)
  const found = all.filter(
    (query) => query.name === name && (datasetName === undefined || query.dataset.name === datasetName),
  )
  const [first, second] = found
  if (first !== undefined && second === undefined) return first
  if (second !== undefined)
    throw new AppError(
      'USAGE',
      `${found.map(({ dataset }) => dataset.name).join(' and ')} have a query ${name}: say which with --dataset`,
    )
  throw new AppError('USAGE', `there is no query ${name}; there are ${all.map((query) => query.name).join(', ')}`)
}

export function allQueries(datasets: readonly DefinedDataset[]): readonly FoundQuery[] {
  return datasets.flatMap((dataset) =>
    Object.entries(dataset.queries).map(([name, query]) => ({ dataset, name, query })),
  )
}

/** Lists the named queries with their descriptions and parameters, for people. */
export function describeQueries(datasets: readonly DefinedDataset[]): string {
  return allQueries(datasets)
    .map(({ dataset, name, query }) => {
      const parameters = Object.entries(query.parameters).map(([parameter, { type, description, ...rest }]) => {
        const fallback = rest.default === undefined ? '' : ` (default ${rest.default})`
        return `    --param ${parameter}=<${type}>`.padEnd(34) + `${description}${fallback}`
      })
      return [`  ${name}  (${dataset.name})`, `    ${query.description}`, ...parameters].join('\n')
    })
    .join('\n\n')
}
