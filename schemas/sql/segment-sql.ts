import { tableOf } from '../declare/define-dataset.ts'
import type { DefinedDataset } from '../declare/define-dataset.ts'
import { ident, list } from './sql-text.ts'
import { sameKey, version } from './table-sql.ts'

export type SegmentedTable = {
  readonly name: string
  /** What stands after FROM to read the rows that all segments have of this table. */
  readonly segments: string
  /** The SQL schema with the merged tables. A set reads those of its owner. */
  readonly merged: string
}

/**
 * SQL of the rows of a table that a fold of all events would have, from the rows that folds of some events each have.
 * It is right because folding is a maximum: the newest row of a key is the newest of the newest ones.
 */
export function mergedSegmentsSql(dataset: DefinedDataset, { name, segments, merged }: SegmentedTable): string {
  const table = tableOf(dataset, name)
  switch (table.kind) {
    case 'append':
      return `SELECT * FROM ${segments}`
    case 'latest': {
      const newest = `SELECT max(${version('k')}) AS _version FROM ${segments} k GROUP BY ${list(table.key.map(ident))}`
      return `SELECT s.* FROM ${segments} s SEMI JOIN (${newest}) w ON ${version('s')} = w._version`
    }
    case 'set': {
      const owner = `${merged}.${ident(table.owner)}`
      const isOfEvent = 'o._partition = s._partition AND o._offset = s._offset'
      return `SELECT s.* FROM ${segments} s SEMI JOIN ${owner} o ON ${sameKey(dataset, name, 'o', 's')} AND ${isOfEvent}`
    }
  }
}
