import { namesOf } from '../contract/path.ts'
import type { Column, Dataset } from '../declare/dataset.ts'

/** A column of a table's key, and where the key of a tombstone's record has it. */
export type KeyPart = {
  readonly table: string
  readonly column: string
  /** The column as events have it. */
  readonly declared: Column
  /** The path in the record's key, as it was declared. */
  readonly path: string
}

/** The path of a record's whole key. */
export const wholeKey = '$key'

/** What is read of the keys of tombstones; nothing if no table declares any. */
export function keyParts({ tables }: Pick<Dataset, 'tables'>): readonly KeyPart[] {
  return Object.entries(tables).flatMap(([table, { columns, ...rest }]) =>
    Object.entries(('deletes' in rest && rest.deletes?.tombstones) || {}).flatMap(([column, path]) => {
      const declared = columns[column]
      return declared === undefined ? [] : [{ table, column, declared, path }]
    }),
  )
}

/** True if the keys of records are read. Of all other datasets the engine gets no keys. */
export function readsKeys(dataset: Pick<Dataset, 'tables'>): boolean {
  return keyParts(dataset).length > 0
}

/** The names that lead to a value in the record's key; none for the whole key. Throws a TypeError for another path. */
export function namesInKey(path: string): readonly string[] {
  if (path === wholeKey) return []
  if (!path.startsWith(`${wholeKey}.`))
    throw new TypeError(
      `${path} is no path of the record's key: it is ${wholeKey}, or ${wholeKey}.id for a field of it`,
    )
  return namesOf(path.slice(wholeKey.length + 1))
}
