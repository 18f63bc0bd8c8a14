import { droppedPath } from './column-source.ts'
import type { Dataset, LatestTable, NamedQuery, SetTable, Table } from './dataset.ts'
import { ident, literal } from '../sql/sql-text.ts'

/** The column of an owner that counts the elements that its set has no row of. */
export function droppedColumn(set: string): string {
  return `${set}_dropped`
}

type Tables = Readonly<Record<string, Table>>

/**
 * Returns the tables, with a counting column in the owner of each set without `mayDrop`. A count is a value of the
 * event like every other column of the owner's row, so the rules of the merge make it exact.
 */
export function withDroppedColumns(tables: Tables): Tables {
  return Object.fromEntries(
    Object.entries(tables).map(([name, table]) => [
      name,
      table.kind === 'latest' ? withCounts(tables, name, table) : table,
    ]),
  )
}

function withCounts(tables: Tables, owner: string, table: LatestTable): LatestTable {
  const counts = countedSets(tables)
    .filter(([, set]) => set.owner === owner)
    .map(([name]) => [droppedColumn(name), { path: droppedPath(name), type: 'BIGINT' }] as const)
  return counts.length === 0 ? table : { ...table, columns: { ...table.columns, ...Object.fromEntries(counts) } }
}

function countedSets(tables: Tables): readonly (readonly [string, SetTable])[] {
  return Object.entries(tables).flatMap(([name, table]) =>
    table.kind === 'set' && table.mayDrop !== true ? [[name, table] as const] : [],
  )
}

/** The name of the query and of its feed. */
const droppedElements = 'dropped-elements'

/** The query, feed and panel that show the counts; none if nothing is counted. */
export function droppedInterface(tables: Tables): Pick<Dataset, 'queries' | 'feeds' | 'panels'> {
  const sets = countedSets(tables)
  if (sets.length === 0) return { queries: {}, feeds: {}, panels: [] }
  return {
    queries: { [droppedElements]: droppedQuery(sets) },
    feeds: {
      [droppedElements]: {
        description: 'Elements of arrays that have no row of their own.',
        answers: { sets: { query: droppedElements } },
        parameters: [],
      },
    },
    panels: [
      {
        kind: 'list',
        page: 'quality',
        title: 'Dropped elements',
        note: 'Elements of the newest events that a set has no row of: they equal another by its distinct columns, or lack one.',
        feed: droppedElements,
        answer: 'sets',
        columns: ['set', 'dropped', 'owner', 'owners'],
      },
    ],
  }
}

function droppedQuery(sets: readonly (readonly [string, SetTable])[]): NamedQuery {
  const rows = sets.map(([name, { owner }]) => {
    const dropped = ident(droppedColumn(name))
    return `SELECT ${literal(name)} AS "set", coalesce(sum(${dropped}), 0)::BIGINT AS dropped, ${literal(owner)} AS owner, count(*) FILTER (${dropped} > 0) AS owners FROM ${ident(owner)}`
  })
  return {
    description:
      'Per set that is not declared to drop: elements that have no row, since they equal another by its distinct columns or lack one, and how many owners they belong to.',
    sql: `${rows.join('\nUNION ALL\n')}\nORDER BY "set"`,
    parameters: {},
  }
}
