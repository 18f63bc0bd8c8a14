import type { Feed, NamedQuery, Table } from '../../schemas/declare/dataset.ts'
import type { DefinedDataset } from '../../schemas/declare/define-dataset.ts'
import { AppError } from '../../schemas/errors.ts'

/** This function and the ones below throw NOT_FOUND, with the names that exist. */
export function findDataset(datasets: readonly DefinedDataset[], name: string): DefinedDataset {
  const found = datasets.find((dataset) => dataset.name === name)
  return (
    found ??
    unknown(
      'dataset',
      name,
      datasets.map((dataset) => dataset.name),
    )
  )
}

export function findTable(dataset: DefinedDataset, name: string): Table {
  return entryOf('table', dataset.tables, name)
}

export function findQuery(dataset: DefinedDataset, name: string): NamedQuery {
  return entryOf('query', dataset.queries, name)
}

export function findFeed(dataset: DefinedDataset, name: string): Feed {
  return entryOf('feed', dataset.feeds, name)
}

/** Looks at own properties only: every object has a `constructor`, which is no table. */
function entryOf<T>(what: string, entries: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(entries, name) ? entries[name] : undefined
  return found ?? unknown(what, name, Object.keys(entries))
}

const plurals: Readonly<Record<string, string>> = {
  dataset: 'datasets',
  table: 'tables',
  query: 'queries',
  feed: 'feeds',
}

function unknown(what: string, name: string, names: readonly string[]): never {
  const plural = plurals[what] ?? what
  throw new AppError('NOT_FOUND', `There is no ${what} ${name}. The ${plural} are ${names.join(', ')}.`, {
    details: { [plural]: names },
  })
}
