import { unnestedBy } from '../../schemas/declare/column-source.ts'
import type { Dataset, Table } from '../../schemas/declare/dataset.ts'

/** Names that a dataset shares with the vocabulary of the code, of Node and of HTTP. */
const ordinaryWords = [
  'arrival',
  'event',
  'group',
  'groups',
  'identifier',
  'lat',
  'lon',
  'member',
  'mtime',
  'reading',
  'response',
  'room',
  'service',
  'state',
  'time',
  'topic',
  'ts',
]

/** The tables, columns and event fields of a dataset, without those that every dataset has and ordinary words. */
export function datasetWords(dataset: Dataset): readonly string[] {
  const tables = Object.entries(dataset.tables)
  const everyDataset = [dataset.name, 'rejected', ...wordsOf(dataset.tables['rejected'])]
  const words = new Set(tables.flatMap(([name, table]) => [name, ...wordsOf(table)]))
  return [...words].filter((word) => ![...everyDataset, ...ordinaryWords].includes(word)).toSorted()
}

function wordsOf(table: Table | undefined): readonly string[] {
  if (table === undefined) return []
  const unnested = unnestedBy(table)
  const around = unnested?.kind === 'arrays' ? unnested.paths : [unnested?.path ?? '']
  const paths = [...Object.values(table.columns).map(({ path }) => path), ...around]
  return [...Object.keys(table.columns), ...paths.flatMap((path) => path.split(/[.[\]]+/))].filter((word) =>
    /^[a-z]\w+$/.test(word),
  )
}
