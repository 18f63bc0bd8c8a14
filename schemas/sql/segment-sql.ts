import { ownerOf, tableOf } from '../declare/define-dataset.ts'
import type { DefinedDataset } from '../declare/define-dataset.ts'
import { ident, list } from './sql-text.ts'
import { sameKey, version } from './table-sql.ts'

export type SegmentedTable = {
  readonly name: string
  /** What stands after FROM to read the rows that all segments have of this table. */
  readonly segments: string
  /** The SQL schema with the merged tables. A set reads those of its owner. */
  readonly merged: string
  /** Keys are dealt out to so many parts. Each is merged by itself, in memory for its own keys. */
  readonly parts: number
}

/**
 * For each part, SQL of its rows of a table that a fold of all events would have, from the rows that folds of some events
 * each have. It is right because folding is a maximum: the newest row of a key is the newest of the newest ones. Not for
 * tables that only grow: all their rows stay.
 */
export function mergedSegmentsSql(
  dataset: DefinedDataset,
  { name, segments, merged, parts }: SegmentedTable,
): readonly string[] {
  const table = tableOf(dataset, name)
  const { key } = tableOf(dataset, ownerOf(dataset, name))
  return Array.from({ length: parts }, (_, part) => {
    const ofPart = (rows: string) =>
      parts === 1 ? rows : `(SELECT * FROM ${rows} WHERE hash(${list(key.map(ident))}) % ${parts} = ${part})`
    const rows = ofPart(segments)
    if (table.kind === 'set') {
      const owner = ofPart(`${merged}.${ident(table.owner)}`)
      const isOfEvent = 'o._partition = s._partition AND o._offset = s._offset'
      return `SELECT s.* FROM ${rows} s SEMI JOIN ${owner} o ON ${sameKey(dataset, name, 'o', 's')} AND ${isOfEvent}`
    }
    const newest = `SELECT max(${version('k')}) AS _version FROM ${rows} k GROUP BY ${list(key.map(ident))}`
    return `SELECT s.* FROM ${rows} s SEMI JOIN (${newest}) w ON ${version('s')} = w._version`
  })
}
