import type { Table } from './dataset.ts'
import { throughArrays } from '../contract/path.ts'

/** Where the value of a column comes from: what its `path` means. */
export type ColumnSource =
  /** A field, however deep, of the event. */
  | { readonly of: 'event'; readonly path: string }
  /**
   * A field of the element that the row was unnested from, or the element itself, where `path` is empty. `around` leads
   * to an element around that one; without it, it is the row's own.
   */
  | { readonly of: 'element'; readonly path: string; readonly around?: readonly string[] }
  /** The position of such an element in its array, from 0. */
  | { readonly of: 'index'; readonly around?: readonly string[] }
  /** The name of the entry that the row was unnested from. */
  | { readonly of: 'entry' }
  /** The log's record, or what was found out about it. */
  | { readonly of: 'record'; readonly field: string }
  /** How many elements of the event have no row in a set. Only derived columns come from there. */
  | { readonly of: 'dropped'; readonly set: string }
  /** What a tombstone says of a column of a table's key. Only derived columns come from there. */
  | { readonly of: 'tombstone'; readonly table: string; readonly column: string }

const droppedPrefix = '$dropped.'
const tombstonePrefix = '$tombstone.'

export function columnSource(path: string): ColumnSource {
  if (path.startsWith(droppedPrefix)) return { of: 'dropped', set: path.slice(droppedPrefix.length) }
  if (path.startsWith(tombstonePrefix)) {
    const [table = '', column = ''] = path.slice(tombstonePrefix.length).split('.')
    return { of: 'tombstone', table, column }
  }
  if (path.startsWith('$')) return { of: 'record', field: path.slice(1) }
  if (path === '@key') return { of: 'entry' }
  if (path === '@index') return { of: 'index' }
  if (path === '@') return { of: 'element', path: '' }
  if (path.startsWith('@.')) return { of: 'element', path: path.slice(2) }
  const around = throughArrays(path)
  const last = around.at(-1) ?? ''
  if (around.length === 1) return { of: 'event', path }
  return last === '@index'
    ? { of: 'index', around: around.slice(0, -1) }
    : { of: 'element', path: last, around: around.slice(0, -1) }
}

/** The path of a column that counts what a set drops. */
export function droppedPath(set: string): string {
  return `${droppedPrefix}${set}`
}

/** The path of a column of deletes that tombstones have. Names of tables and columns have no points. */
export function tombstonePath(table: string, column: string): string {
  return `${tombstonePrefix}${table}.${column}`
}

/**
 * The arrays, each in the elements of the one before, or the object with entries, whose elements are the rows of a
 * table; undefined where its rows are events.
 */
export type Unnested =
  | { readonly kind: 'arrays'; readonly paths: readonly string[] }
  | { readonly kind: 'entries'; readonly path: string }

export function unnestedBy(table: Table): Unnested | undefined {
  if ('entries' in table) return { kind: 'entries', path: table.entries }
  if (!('array' in table) || table.array === undefined) return undefined
  const paths = throughArrays(table.array)
  return { kind: 'arrays', paths: paths.at(-1) === '' ? paths.slice(0, -1) : paths }
}
