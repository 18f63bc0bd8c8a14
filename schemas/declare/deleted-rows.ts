import type { Dataset, Deletes, LatestTable, Table, When } from './dataset.ts'

/** The table with the keys that events have deleted from a table, and when. */
export function deletedName(table: string): string {
  return `${table}_deleted`
}

/** The column of such a table with the time of the event that deleted the key. */
const deletedAt = 'deleted_at'

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
      return [[name, table] as const, [deletedName(name), deletedTable(table, table.deletes, time)] as const]
    }),
  )
}

function deletedTable(table: LatestTable, deletes: Deletes, time: Dataset['time']): LatestTable {
  const { kind, key, columns, array } = table
  const at = { path: time.path, type: 'TIMESTAMPTZ', ...(time.unit === undefined ? {} : { from: time.unit }) } as const
  const ofKey = Object.entries(columns).flatMap(([name, column]) =>
    key.includes(name) ? [[name, { ...column, path: deletes.key?.[name] ?? column.path }] as const] : [],
  )
  return {
    kind,
    key,
    columns: { [deletedAt]: at, ...Object.fromEntries(ofKey) },
    when: [...conditionsOf(table), { path: deletes.path, in: deletes.in }],
    ...(array === undefined ? {} : { array }),
  }
}

/** What must hold of an event that feeds the table. */
export function conditionsOf(table: Table): readonly When[] {
  if (table.kind === 'set' || table.when === undefined) return []
  return 'path' in table.when ? [table.when] : table.when
}
