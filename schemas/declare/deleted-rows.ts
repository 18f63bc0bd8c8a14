import { columnSource, tombstonePath } from './column-source.ts'
import type { Column, Dataset, Deletes, LatestTable, Table, When } from './dataset.ts'
import { namesInKey, wholeKey } from '../sql/record-keys.ts'

/** The table with the keys that events or tombstones have deleted from a table, and when. */
export function deletedName(table: string): string {
  return `${table}_deleted`
}

/** The column of such a table with the time of the event, or of the tombstone's record, that deleted the key. */
const deletedAt = 'deleted_at'

/** A column of such a table. `otherwise` is the path of its value where there is no event, only a tombstone. */
export type DeletedColumn = Column & { readonly otherwise?: string }

/**
 * Returns the tables, with one beside each that declares `deletes`: its rows are the newest deletes, one for each key,
 * merged like all rows. A row is shown if no delete of its key is newer, so a delete is a version like any other.
 */
export function withDeletedTables({ tables, time }: Pick<Dataset, 'tables' | 'time'>): Readonly<Record<string, Table>> {
  return Object.fromEntries(
    Object.entries(tables).flatMap(([name, table]) => {
      if (table.kind !== 'latest' || table.deletes === undefined) return [[name, table] as const]
      if (Object.hasOwn(tables, deletedName(name)))
        throw new TypeError(`${deletedName(name)}: this table keeps what is deleted from ${name}: choose another name`)
      return [
        [name, table] as const,
        [deletedName(name), deletedTable(name, table, { deletes: table.deletes, time })] as const,
      ]
    }),
  )
}

function deletedTable(
  name: string,
  table: LatestTable,
  { deletes, time }: { readonly deletes: Deletes; readonly time: Dataset['time'] },
): LatestTable {
  const { kind, key, columns, array } = table
  const at = { path: time.path, type: 'TIMESTAMPTZ', ...(time.unit === undefined ? {} : { from: time.unit }) } as const
  const ofKey = Object.entries(columns).flatMap(([column, declared]) =>
    key.includes(column) ? [[column, { ...declared, path: deletes.key?.[column] ?? declared.path }] as const] : [],
  )
  const ofEvents = { [deletedAt]: at, ...Object.fromEntries(ofKey) }
  return {
    kind,
    key,
    columns: deletes.tombstones === undefined ? ofEvents : withTombstones(name, ofEvents, deletes),
    ...(deletes.path === undefined ? {} : { when: [...conditionsOf(table), { path: deletes.path, in: deletes.in }] }),
    ...(array === undefined ? {} : { array }),
  }
}

/** The columns as tombstones have them, beside events or alone. The time of a tombstone is that of its record. */
function withTombstones(
  name: string,
  columns: Readonly<Record<string, Column>>,
  { path }: Deletes,
): Readonly<Record<string, DeletedColumn>> {
  return Object.fromEntries(
    Object.entries(columns).map(([column, ofEvent]) => {
      const ofTombstone = column === deletedAt ? '$timestamp' : tombstonePath(name, column)
      return [
        column,
        path === undefined ? { path: ofTombstone, type: ofEvent.type } : { ...ofEvent, otherwise: ofTombstone },
      ]
    }),
  )
}

/** True for a table of deletes that tombstones feed. */
export function isFedByTombstones({ columns }: Table): boolean {
  return Object.values<DeletedColumn>(columns).some(({ path, otherwise }) =>
    [path, otherwise].some((from) => from !== undefined && columnSource(from).of === 'tombstone'),
  )
}

/** What must hold of an event that feeds the table. */
export function conditionsOf(table: Table): readonly When[] {
  if (table.kind === 'set' || table.when === undefined) return []
  return 'path' in table.when ? [table.when] : table.when
}

/** Throws a TypeError unless the tombstones of a table say, for each column of its key, where the record's key has it. */
export function checkTombstones(table: Table, name: string): void {
  if (table.kind !== 'latest' || table.deletes === undefined) return
  const { key, columns, array, deletes } = table
  const { tombstones } = deletes
  if (deletes.path === undefined && deletes.key !== undefined)
    throw new TypeError(`${name}: deletes: key says where events have it: say which events delete, path and in`)
  if (tombstones === undefined) return
  const where = `${name}: deletes: tombstones`
  if (array !== undefined)
    throw new TypeError(`${where}: a tombstone has no elements, and the rows of this table are elements of ${array}`)
  const unknown = Object.keys(tombstones).find((column) => !key.includes(column))
  if (unknown !== undefined) throw new TypeError(`${where}: ${unknown} is no column of its key`)
  for (const column of key) {
    const path = tombstones[column]
    if (typeof path !== 'string')
      throw new TypeError(`${where}: they do not say where the record's key has ${column}: ${column}: '${wholeKey}'`)
    if (namesInKey(path).length === 0 && key.length > 1)
      throw new TypeError(
        `${where}: ${column}: ${wholeKey} is the whole key, and ${name} has a key of ${key.length} columns: name a field, as ${wholeKey}.id`,
      )
    if (columnSource(columns[column]?.path ?? '').of !== 'event')
      throw new TypeError(`${where}: ${column} is no field of the event, so nothing says how the record's key has it`)
  }
}
