import type { Table } from './dataset.ts'

/** Where the value of a column comes from: what its `path` means. */
export type ColumnSource =
  /** A field, however deep, of the event or of the element that the row was unnested from. */
  | { readonly of: 'event' | 'element'; readonly path: string }
  /** The name of the entry that the row was unnested from. */
  | { readonly of: 'entry' }
  /** The log's record, or what was found out about it. */
  | { readonly of: 'record'; readonly field: string }
  /** How many elements of the event have no row in a set. Only derived columns come from there. */
  | { readonly of: 'dropped'; readonly set: string }

const droppedPrefix = '$dropped.'

export function columnSource(path: string): ColumnSource {
  if (path.startsWith(droppedPrefix)) return { of: 'dropped', set: path.slice(droppedPrefix.length) }
  if (path.startsWith('$')) return { of: 'record', field: path.slice(1) }
  if (path === '@key') return { of: 'entry' }
  if (path.startsWith('@.')) return { of: 'element', path: path.slice(2) }
  return { of: 'event', path }
}

/** The path of a column that counts what a set drops. */
export function droppedPath(set: string): string {
  return `${droppedPrefix}${set}`
}

/** The array, or the object with entries, whose elements are the rows of a table; undefined where its rows are events. */
export type Unnested = { readonly kind: 'array' | 'entries'; readonly path: string }

export function unnestedBy(table: Table): Unnested | undefined {
  if ('entries' in table) return { kind: 'entries', path: table.entries }
  return 'array' in table && table.array !== undefined ? { kind: 'array', path: table.array } : undefined
}
